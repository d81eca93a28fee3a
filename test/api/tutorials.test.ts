// The first things that people do with a network library: logic gates, a layer computed by hand, a choice among classes.
// It knows the public interface only.

import { describe, expect, it } from 'vitest';
import { type ActivationName, dense, Network, sgd } from '../../src/index.js';
import { numbers } from './support.js';

const INPUTS = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const GATES = { and: [0, 0, 0, 1], or: [0, 1, 1, 1], xor: [0, 1, 1, 0] };
const SEEDS = Array.from({ length: 100 }, (_, index) => index + 1);

/** A network from a list of sizes, inputs first, and one activation for each layer after them. */
function networkOf([inputs, ...units]: number[], activations: ActivationName[], seed: number): Network {
  return new Network({ inputs, layers: units.map((count, index) => dense(count, { activation: activations[index] })), seed });
}

/** For how many of the seeds 1 to 100 the attempt succeeds. */
async function successes(attempt: (seed: number) => Promise<boolean>): Promise<number> {
  let count = 0;
  for (const seed of SEEDS) count += Number(await attempt(seed));
  return count;
}

describe('logic gates, one sample at a time', () => {
  const training = { loss: 'halfSquaredError', optimizer: sgd({ learningRate: 0.5 }), batchSize: 1 } as const;

  it.each([
    ['and', [2, 2, 1]],
    ['or', [2, 2, 1]],
    ['and', [2, 1]],
    ['or', [2, 3, 2, 1]],
  ] as const)('learns %s by sigmoid layers of %j', async (gate, sizes) => {
    const network = networkOf([...sizes], ['sigmoid', 'sigmoid', 'sigmoid'], 1);
    const reported: number[] = [];
    const history = await network.fit(INPUTS, GATES[gate], { ...training, epochs: 3000, onEpoch: ({ loss }) => void reported.push(loss) });
    expect(Array.from(network.predictClasses(INPUTS))).toEqual(GATES[gate]);
    expect(history.epochs).toBe(3000);
    expect(history.loss).toEqual(reported);
    expect(history.loss[2999]).toBeLessThan(history.loss[0] / 10);
  });

  it('learns xor by 2-4-1 within 3,000 epochs, whatever the seed', async () => {
    const right = await successes(async (seed) => {
      const network = networkOf([2, 4, 1], ['tanh', 'sigmoid'], seed);
      const solved = (): boolean => network.predictClasses(INPUTS).join() === GATES.xor.join();
      for (let epochs = 0; epochs < 3000 && !solved(); epochs += 300) await network.fit(INPUTS, GATES.xor, { ...training, epochs: 300 });
      return solved();
    });
    expect(right).toBeGreaterThanOrEqual(95);
  });

  it('keeps xor once it is learned', async () => {
    const network = networkOf([2, 4, 1], ['tanh', 'sigmoid'], 1);
    const { loss } = await network.fit(INPUTS, GATES.xor, { ...training, epochs: 3000 });
    expect(Array.from(network.predictClasses(INPUTS))).toEqual(GATES.xor);
    expect(loss[2999]).toBeLessThan(0.001);
  });
});

describe('a flexible network', () => {
  const KERNEL = [
    [0.54340494, 0.27836939, 0.42451759, 0.84477613],
    [0.00471886, 0.12156912, 0.67074908, 0.82585276],
    [0.13670659, 0.57509333, 0.89132195, 0.20920212],
  ];
  const BIAS = [0.18532822, 0.10837689, 0.21969749, 0.97862378];

  it.each([
    ['linear', [1.14829064, 2.35516451, 4.65967912, 4.10271179], 6],
    ['sigmoid', [0.76, 0.91, 0.99, 0.98], 2],
  ] as const)('computes a %s layer as by hand', (activation, expected, digits) => {
    const network = new Network({ inputs: 3, layers: [dense(4, { activation, weights: { kernel: KERNEL, bias: BIAS } })] });
    const { data, rows, columns } = network.predict([1, 2, 3]);
    expect([rows, columns]).toEqual([1, 4]);
    expected.forEach((value, index) => expect(data[index]).toBeCloseTo(value, digits));
  });

  it('chooses between two output units, and collects the error of every epoch', async () => {
    const targets = GATES.and.map((bit) => (bit ? [0, 1] : [1, 0]));
    const right = await successes(async (seed) => {
      const network = networkOf([2, 3, 3, 2], ['tanh', 'sigmoid', 'sigmoid'], seed);
      const optimizer = sgd({ learningRate: 0.3 });
      const { loss } = await network.fit(INPUTS, targets, { loss: 'meanSquaredError', optimizer, batchSize: 1, epochs: 290 });
      return loss.length === 290 && loss[289] < loss[0] && network.predictClasses(INPUTS).join() === GATES.and.join();
    });
    expect(right).toBeGreaterThanOrEqual(95);
  });

  it.each([
    ['softmax', 'categoricalCrossentropy'],
    ['sigmoid', 'meanSquaredError'],
    ['softmax', 'meanSquaredError'],
  ] as const)('learns three classes from one row, by %s and %s', async (activation, loss) => {
    const network = networkOf([4, 5, 3], ['tanh', activation], 3);
    const row = [5.1, 3.5, 1.4, 0.2];
    const history = await network.fit([row], [[0, 1, 0]], { loss, optimizer: sgd({ learningRate: 0.3 }), epochs: 200 });
    expect(history.loss[199]).toBeLessThan(history.loss[0] / 5);
    expect(Array.from(network.predictClasses([row]))).toEqual([1]);
  });

  it('trains 3-8-3 on targets of three columns', async () => {
    const network = networkOf([3, 8, 3], ['sigmoid', 'sigmoid'], 4);
    const x = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    const { loss } = await network.fit(x, x, { loss: 'meanSquaredError', optimizer: sgd({ learningRate: 1 }), batchSize: 1, epochs: 3000 });
    expect(loss[2999]).toBeLessThan(0.01);
    expect(Array.from(network.predictClasses(x))).toEqual([0, 1, 2]);
  });

  it.each([
    [[3, 8, 3], 3, 2, 'fit: y has 2 columns, but the last layer has 3 units (layers[1])'],
    [[3, 8, 1], 3, 3, 'fit: y has 3 columns, but the last layer has 1 unit (layers[1])'],
    [[3, 8, 8, 2], 3, 1, 'fit: y has 1 column, but the last layer has 2 units (layers[2])'],
    [[3, 8, 3], 4, 3, 'fit: x has 4 columns, but the network has 3 inputs'],
  ])('of sizes %j refuses x of %i columns with y of %i, and says which layer and why', async (sizes, xColumns, yColumns, message) => {
    const network = networkOf(sizes, ['tanh', 'tanh', 'sigmoid'], 5);
    const table = (columns: number) => ({ data: numbers(6 * columns), rows: 6, columns });
    const fit = network.fit(table(xColumns), table(yColumns), { loss: 'meanSquaredError', optimizer: 'sgd' });
    await expect(fit).rejects.toThrow(new RangeError(message));
  });
});
