/** Training on a stream of blocks. Public API only. */
import { expect, test } from 'vitest';
import { adam, type Block, type Blocks, dense, type FitOptions, Network } from '../../src/index.js';
import { points } from './support-data.js';

const { x, y } = points(50, 4);
const options: FitOptions = { loss: 'sparseCategoricalCrossentropy', optimizer: 'adam', epochs: 3, batchSize: 8, metrics: ['accuracy'] };

function network(): Network {
  return new Network({ inputs: 4, layers: [dense(8, { activation: 'tanh' }), dense(2, { activation: 'softmax' })], seed: 5 });
}

function blocksOf(size: number): Block[] {
  return Array.from({ length: Math.ceil(x.length / size) }, (_, index) => ({
    x: x.slice(index * size, (index + 1) * size),
    y: y.slice(index * size, (index + 1) * size),
  }));
}

async function* stream(size: number): AsyncGenerator<Block> {
  for (const block of blocksOf(size)) {
    await Promise.resolve();
    yield block;
  }
}

const FORMS: [string, () => Blocks][] = [
  ['a function of an async generator', () => () => stream(7)],
  ['a function of an array', () => () => blocksOf(11)],
  ['a re-iterable object', () => ({ [Symbol.asyncIterator]: () => stream(50) })],
  ['blocks of one row', () => () => blocksOf(1)],
];

test.each(FORMS)('%s, unshuffled, trains as the rows in memory', async (_, form) => {
  const whole = network();
  const wholeHistory = await whole.fit(x, y, { ...options, shuffle: false });
  for (const shuffleWindow of [1, 13, 10_000]) {
    const streamed = network();
    expect(await streamed.fit(form(), { ...options, shuffle: false, shuffleWindow })).toEqual(wholeHistory);
    expect(streamed.getWeights()).toEqual(whole.getWeights());
  }
});

test('shuffled within a window: the same for one seed, whatever the blocks, and every row once an epoch', async () => {
  const runs = [];
  for (const size of [7, 50]) {
    const streamed = network();
    runs.push({ history: await streamed.fit(() => stream(size), { ...options, shuffleWindow: 16 }), weights: streamed.getWeights() });
  }
  expect(runs[1]).toEqual(runs[0]);
  // With a rate of 0 the mean loss of an epoch does not depend on the order.
  const still = network();
  const { loss } = await still.fit(() => stream(7), { ...options, optimizer: adam({ learningRate: 0 }), shuffleWindow: 16 });
  expect(loss[0]).toBeCloseTo(still.evaluate(x, y, { loss: 'sparseCategoricalCrossentropy' }).loss, 5);
});

test('an iterator that can be gone through only once is refused for more than one epoch', async () => {
  await expect(network().fit(stream(7), options)).rejects.toThrow(TypeError);
  await expect(network().fit(stream(7), options)).rejects.toThrow(/only once, but epochs is 3/);
  expect((await network().fit(stream(7), { ...options, epochs: 1 })).epochs).toBe(1);
});

test('a bad block names itself, and training keeps what came before', async () => {
  const bad = (): Block[] => [...blocksOf(25), { x: [[1, 2, Number.NaN, 4]], y: [0] }];
  const one = network();
  await expect(one.fit(bad, options)).rejects.toThrow(/^fit: block 2: x: expected finite numbers, got NaN at row 0, column 2/);
  expect(one.predict(x).data.every(Number.isFinite)).toBe(true);
  await expect(network().fit(() => [{ x: [[1, 2]], y: [0] }], options)).rejects.toThrow(
    /^fit: block 0: x has 2 columns, but the network has 4 inputs/,
  );
  await expect(network().fit(() => [], options)).rejects.toThrow(/without a row/);
});

test('options that need all rows at once are refused', async () => {
  await expect(network().fit(() => stream(7), { ...options, validationSplit: 0.2 })).rejects.toThrow(TypeError);
  await expect(network().fit(() => stream(7), { ...options, sampleWeight: [1] })).rejects.toThrow(/each block/);
});

test('weights of rows come with their block', async () => {
  const weights = x.map((_, row) => (row % 3) / 2);
  const whole = network();
  const wholeHistory = await whole.fit(x, y, { ...options, shuffle: false, sampleWeight: weights });
  const blocks = (): Block[] => blocksOf(7).map((block, index) => ({ ...block, sampleWeight: weights.slice(index * 7, (index + 1) * 7) }));
  const streamed = network();
  expect(await streamed.fit(blocks, { ...options, shuffle: false, shuffleWindow: 20 })).toEqual(wholeHistory);
});

test('resumes in the middle of an epoch', async () => {
  const whole = network();
  const wholeHistory = await whole.fit(() => stream(7), { ...options, shuffleWindow: 16 });
  const first = network();
  let bytes = new Uint8Array();
  const onBatch = ({ epoch, batch }: { epoch: number; batch: number }): boolean => {
    if (epoch !== 1 || batch !== 4) return true;
    bytes = first.save({ trainingState: true });
    return false;
  };
  await first.fit(() => stream(7), { ...options, shuffleWindow: 16, onBatch });
  const again = Network.load(bytes);
  expect(await again.fit(() => stream(7), { ...options, shuffleWindow: 16, resume: bytes })).toEqual(wholeHistory);
  expect(again.getWeights()).toEqual(whole.getWeights());
});

test('a data set larger than the window is never in memory as a whole', async () => {
  let open = 0;
  let most = 0;
  const alive = new Set<WeakRef<object>>();
  async function* large(): AsyncGenerator<Block> {
    for (let block = 0; block < 40; block++) {
      open++;
      const rows = { x: new Float32Array(500 * 4).fill(block / 40), y: new Float32Array(500) };
      alive.add(new WeakRef(rows));
      most = Math.max(most, open);
      yield rows;
      open--;
    }
  }
  await network().fit(large, { ...options, epochs: 1, shuffleWindow: 1000 });
  // One block at a time is asked for.
  expect(most).toBe(1);
});
