// What callbacks are told and may do, stopping and aborting, the order of samples, and a network that is used while it
// trains. It knows the public interface only.

import { describe, expect, it } from 'vitest';
import { adam, dense, type FitOptions, Network, sgd, type TrainingEvent } from '../../src/index.js';
import { bits, failureOf, numbers, smallData, smallNetwork, weightBits } from './support.js';

const { x, y } = smallData(5);
const optimizer = adam({ learningRate: 0.02 });
const BATCH = { loss: 'meanSquaredError', optimizer } as const;
const TRAIN: FitOptions = { ...BATCH, epochs: 3, batchSize: 2, shuffle: false };
const yes = (): boolean => true;
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** A network after `steps` updates of TRAIN, one at a time. */
function after(steps: number): Network {
  const network = smallNetwork();
  for (let step = 0; step < steps; step++) {
    const [from, to] = [
      [0, 2],
      [2, 4],
      [4, 5],
    ][step % 3];
    network.trainOnBatch(x.subarray(from * 3, to * 3), y.subarray(from * 2, to * 2), BATCH);
  }
  return network;
}

describe('callbacks', () => {
  it('come in order, with epoch, batch and step from 0', async () => {
    const calls: string[] = [];
    const record = (kind: string) => (event: TrainingEvent) => void calls.push(`${kind} ${event.epoch}.${event.batch}.${event.step}`);
    await smallNetwork().fit(x, y, { ...TRAIN, onBatch: record('batch'), onEpoch: record('epoch'), epochs: 2 });
    expect(calls).toEqual([
      ...['batch 0.0.0', 'batch 0.1.1', 'batch 0.2.2', 'epoch 0.2.2'],
      ...['batch 1.0.3', 'batch 1.1.4', 'batch 1.2.5', 'epoch 1.2.5'],
    ]);
  });

  it('are told what history and single steps say', async () => {
    const batches: TrainingEvent[] = [];
    const epochs: TrainingEvent[] = [];
    const options: FitOptions = {
      ...TRAIN,
      metrics: ['meanAbsoluteError'],
      validationSplit: 0.2,
      onBatch: (event) => void batches.push(event),
      onEpoch: (event) => void epochs.push(event),
    };
    const start = performance.now();
    const history = await smallNetwork().fit(x, y, options);
    const seconds = (performance.now() - start) / 1000;
    expect(epochs.map(({ loss }) => loss)).toEqual(history.loss);
    expect(epochs.map(({ valLoss }) => valLoss)).toEqual(history.valLoss);
    expect(epochs.map(({ metrics }) => metrics.meanAbsoluteError)).toEqual(history.metrics.meanAbsoluteError);
    expect(epochs.map(({ valMetrics }) => valMetrics?.meanAbsoluteError)).toEqual(history.valMetrics?.meanAbsoluteError);
    const keys = ['batch', 'epoch', 'learningRate', 'loss', 'metrics', 'samplesPerSecond', 'step'];
    for (const event of batches) expect(Object.keys(event).sort()).toEqual(keys);
    for (const event of epochs) expect(Object.keys(event).sort()).toEqual([...keys, 'valLoss', 'valMetrics'].sort());
    for (const { samplesPerSecond, learningRate } of [...batches, ...epochs]) {
      expect(learningRate).toBe(0.02);
      expect(samplesPerSecond ?? 1).toBeGreaterThan(0);
    }
    // Rows over the seconds since the start, which were fewer than all of them.
    const last = epochs[epochs.length - 1].samplesPerSecond;
    expect(last).toBeGreaterThanOrEqual((history.epochs * 0.8 * (x.length / 3)) / seconds);
    const stepwise = smallNetwork();
    for (const batch of [0, 1]) {
      const rows = [x.subarray(6 * batch, 6 * batch + 6), y.subarray(4 * batch, 4 * batch + 4)] as const;
      const { loss, meanAbsoluteError } = stepwise.trainOnBatch(...rows, { ...BATCH, metrics: ['meanAbsoluteError'] });
      expect(batches[batch].loss).toBe(loss);
      expect(batches[batch].metrics.meanAbsoluteError).toBeCloseTo(meanAbsoluteError, 12);
    }
  });

  it('are told the learning rate of a schedule', async () => {
    const rates: number[] = [];
    const scheduled = sgd({ learningRate: (step) => 0.1 / (step + 1) });
    const options: FitOptions = { ...TRAIN, optimizer: scheduled, epochs: 2, onBatch: (event) => void rates.push(event.learningRate) };
    const network = smallNetwork();
    await network.fit(x, y, options);
    expect(rates).toEqual([0, 1, 2, 3, 4, 5].map((step) => 0.1 / (step + 1)));
    const again = smallNetwork();
    await again.fit(x, y, { ...options, onBatch: undefined });
    expect(weightBits(again)).toEqual(weightBits(network));
  });

  it.each([
    ['onBatch', undefined, yes],
    ['onEpoch', yes, undefined],
    ['both', yes, yes],
  ])('%s make no difference to weights and history', async (_, onEpoch, onBatch) => {
    const [plain, watched] = [smallNetwork(), smallNetwork()];
    const options: FitOptions = { ...TRAIN, shuffle: true, epochs: 20, validationSplit: 0.2 };
    const history = await plain.fit(x, y, options);
    expect(await watched.fit(x, y, { ...options, onEpoch, onBatch })).toEqual(history);
    expect(weightBits(watched)).toEqual(weightBits(plain));
  });

  it('are waited for', async () => {
    let waiting = 0;
    const wait = async (): Promise<void> => {
      expect(++waiting).toBe(1);
      await turn();
      waiting--;
    };
    const history = await smallNetwork().fit(x, y, { ...TRAIN, onEpoch: wait, onBatch: wait });
    expect(history.epochs).toBe(3);
  });

  it.each([
    ['onBatch', 1, 1, 1, 5],
    ['onBatch', 0, 0, 0, 1],
    ['onEpoch', 1, 2, 2, 6],
    ['onEpoch', 0, 2, 1, 3],
  ])('%s returning false at %i.%i stops after %i whole epochs and %i steps', async (name, epoch, batch, epochs, steps) => {
    for (const answer of [false, Promise.resolve(false)]) {
      const network = smallNetwork();
      const callback = (event: TrainingEvent): unknown => (event.epoch === epoch && event.batch === batch ? answer : undefined);
      const history = await network.fit(x, y, { ...TRAIN, [name]: callback });
      expect(history).toMatchObject({ stopped: 'callback', epochs });
      expect(history.loss).toHaveLength(epochs);
      expect(weightBits(network)).toEqual(weightBits(after(steps)));
    }
  });

  it('returning anything but false do not stop', async () => {
    for (const answer of [0, null, '', undefined, NaN]) {
      const history = await smallNetwork().fit(x, y, { ...TRAIN, onEpoch: () => answer, onBatch: () => answer });
      expect(history.stopped).toBeUndefined();
      expect(history.epochs).toBe(3);
    }
  });

  it.each(['onBatch', 'onEpoch'])('an error in %s is what fit rejects with, and the network goes on', async (name) => {
    const network = smallNetwork();
    const error = new Error('mine');
    const failing = async (): Promise<never> => {
      throw error;
    };
    expect(await failureOf(() => network.fit(x, y, { ...TRAIN, [name]: failing }))).toBe(error);
    expect(weightBits(network)).toEqual(weightBits(after(name === 'onBatch' ? 1 : 3)));
    expect((await network.fit(x, y, TRAIN)).epochs).toBe(3);
  });
});

describe('the order of samples', () => {
  /** Row numbers in the order of their use, told from the losses of single rows that change nothing. */
  async function ordersOf(network: Network, epochs: number, more: Partial<FitOptions> = {}): Promise<string[]> {
    const rows = 8;
    const seen: number[] = [];
    const targets = Float32Array.from({ length: rows }, (_, row) => Math.sqrt(row + 1));
    const onBatch = ({ loss }: TrainingEvent): void => void seen.push(Math.round(loss) - 1);
    const still = { loss: 'meanSquaredError', optimizer: sgd({ learningRate: 0 }), batchSize: 1, epochs, onBatch } as const;
    await network.fit(new Float32Array(rows), targets, { ...still, ...more });
    return Array.from({ length: seen.length / rows }, (_, epoch) => seen.slice(epoch * rows, (epoch + 1) * rows).join(''));
  }
  const create = (seed = 3): Network => new Network({ inputs: 1, layers: [dense(1)], seed });

  it('is that of the data without shuffle', async () => {
    expect(await ordersOf(create(), 2, { shuffle: false })).toEqual(['01234567', '01234567']);
  });

  it('is a fresh one each epoch, of all rows, drawn from the seed', async () => {
    const orders = await ordersOf(create(), 20);
    for (const order of orders) expect([...order].sort().join('')).toBe('01234567');
    expect(new Set(orders).size).toBe(20);
    expect(await ordersOf(create(), 20)).toEqual(orders);
    expect(await ordersOf(create(4), 20)).not.toEqual(orders);
  });

  it('goes on in a second fit, after a stop and after an abort', async () => {
    const orders = await ordersOf(create(), 4);
    const twice = create();
    expect([...(await ordersOf(twice, 2)), ...(await ordersOf(twice, 2))]).toEqual(orders);
    const stopped = create();
    await ordersOf(stopped, 1, { onBatch: () => false });
    expect(await ordersOf(stopped, 1)).toEqual([orders[1]]);
    const aborted = create();
    const controller = new AbortController();
    const onEpoch = ({ epoch }: TrainingEvent): void => (epoch === 1 ? controller.abort() : undefined);
    await failureOf(() => ordersOf(aborted, 9, { signal: controller.signal, onEpoch }));
    expect(await ordersOf(aborted, 2)).toEqual(orders.slice(2));
  });
});

describe('aborting', () => {
  it.each([
    ['onBatch', 4],
    ['onEpoch', 3],
  ])('in %s rejects with the reason and keeps the last whole step', async (name, steps) => {
    const network = smallNetwork();
    const controller = new AbortController();
    const reason = new Error('enough');
    const abort = ({ step }: TrainingEvent): void => {
      if (step + 1 === steps) controller.abort(reason);
    };
    expect(await failureOf(() => network.fit(x, y, { ...TRAIN, signal: controller.signal, [name]: abort }))).toBe(reason);
    expect(weightBits(network)).toEqual(weightBits(after(steps)));
    expect((await network.fit(x, y, TRAIN)).epochs).toBe(3);
  });

  it('from a timer ends a fit without callbacks; weights are finite and the network goes on', async () => {
    const network = smallNetwork();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1);
    const error = await failureOf(() => network.fit(x, y, { ...TRAIN, epochs: 1e9, signal: controller.signal }));
    expect(error).toMatchObject({ name: 'AbortError' });
    expect(network.getWeights().every(({ data }) => data.every(Number.isFinite))).toBe(true);
    expect(weightBits(network)).not.toEqual(weightBits(smallNetwork()));
    expect((await network.fit(x, y, TRAIN)).epochs).toBe(3);
  });
});

describe('while fit runs', () => {
  const create = (): Network => new Network({ inputs: 64, layers: [dense(128, { activation: 'relu' }), dense(10)], seed: 1 });
  const samples = numbers(640 * 64, 1);
  const targets = numbers(640 * 10, 2);
  const options: FitOptions = { loss: 'meanSquaredError', optimizer: 'adam', epochs: 25 };
  const evaluation = { loss: 'meanSquaredError', metrics: ['r2'] } as const;

  it.each([
    ['with its steps in long calls', options],
    ['with validation', { ...options, validationSplit: 0.5 }],
    ['with callbacks', { ...options, epochs: 1, onBatch: turn }],
  ])('%s: predict, evaluate and save work, and leave no trace', async (_, given) => {
    const undisturbed = create();
    const expected = await undisturbed.fit(samples, targets, given);
    const network = create();
    let running = true;
    const fitting = network.fit(samples, targets, given).finally(() => {
      running = false;
    });
    let turns = 0;
    const seen = new Set<number>();
    for (; running; turns++) {
      await turn();
      const state = weightBits(network);
      const twin = Network.load(network.save());
      expect(weightBits(twin)).toEqual(state);
      for (const rows of [1, 100]) {
        const part = samples.subarray(0, rows * 64);
        expect(bits(network.predict(part).data)).toEqual(bits(twin.predict(part).data));
        const goal = targets.subarray(0, rows * 10);
        expect(network.evaluate(part, goal, evaluation)).toEqual(twin.evaluate(part, goal, evaluation));
      }
      seen.add(state[0]);
    }
    expect(await fitting).toEqual(expected);
    expect(weightBits(network)).toEqual(weightBits(undisturbed));
    expect(turns).toBeGreaterThan(1);
    expect(seen.size).toBeGreaterThan(1);
  });
});
