// More networks than engines: each keeps its weights and moments, wherever they are in the meantime. Knows how many engines
// there are, and nothing else of the pool.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { adam, dense, type FitOptions, GradletError, type Network, sgd } from '../../src/index.js';
import { MAXIMUM_ENGINES } from '../../src/runtime/pool.js';
import { bits, failureOf, numbers, smallData, smallNetwork, weightBits } from '../api/support.js';

const CROWD = 3 * MAXIMUM_ENGINES;
const { x, y } = smallData(6);
const row = [0.5, -1, 0.25];
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

/** Networks that differ in their seeds, and some in their sizes and numerics. */
function create(index: number): Network {
  const layers = [dense(3 + (index % 5) * 20, { activation: 'tanh' }), dense(2)];
  return smallNetwork({ seed: index, layers, numerics: index % 7 ? 'fast' : 'reproducible' });
}

const OPTIMIZERS = [() => adam({ learningRate: 0.05 }), () => sgd({ learningRate: 0.05, momentum: 0.9 })];
type Visit = (network: Network) => unknown;
const VISITS: Record<string, Visit> = {
  nothing: () => undefined,
  predictions: (network) => network.predict(row),
  evaluations: (network) => network.evaluate(x, y, { loss: 'meanSquaredError', metrics: ['r2'] }),
  'looks at its weights': (network) => network.setWeights(network.getWeights()),
  saves: (network) => network.save(),
};

/** Rounds of one update for each network, with a visit at each in between; the networks that are other than alone. */
function disturbedBy(visit: Visit): number[] {
  const work = (networks: readonly Network[], optimizers: readonly ReturnType<(typeof OPTIMIZERS)[number]>[]): number[][] => {
    for (let round = 0; round < 4; round++) {
      networks.forEach((network, index) => network.trainOnBatch(x, y, { loss: 'meanSquaredError', optimizer: optimizers[index] }));
      networks.forEach((network) => visit(network));
    }
    return networks.map(weightBits);
  };
  const indices = Array.from({ length: CROWD }, (_, index) => index);
  const optimizerOf = (index: number) => OPTIMIZERS[index % 2]();
  const crowd = work(indices.map(create), indices.map(optimizerOf));
  return indices.filter((index) => crowd[index].join() !== work([create(index)], [optimizerOf(index)])[0].join());
}

describe('networks trained in turn have the weights that each would have alone', () => {
  it.each(['nothing', 'looks at its weights', 'saves'])('with %s in between', (name) => {
    expect(disturbedBy(VISITS[name])).toEqual([]);
  });

  it.each(['predictions', 'evaluations'])('with %s in between', (name) => {
    expect(disturbedBy(VISITS[name])).toEqual([]);
  });

  it('and predict the same', () => {
    const networks = Array.from({ length: CROWD }, (_, index) => create(index));
    const first = networks.map((network) => bits(network.predict(row).data));
    expect(networks.map((network) => bits(network.predict(row).data))).toEqual(first);
    expect(networks.toReversed().map((network) => bits(network.predict([row, row]).data.slice(0, 2)))).toEqual(first.toReversed());
  });

  it('and go on in fit', async () => {
    const networks = Array.from({ length: CROWD }, (_, index) => create(index));
    const options: FitOptions = { loss: 'meanSquaredError', optimizer: 'adam', batchSize: 2, epochs: 2 };
    for (const network of networks) await network.fit(x, y, options);
    for (const network of networks) await network.fit(x, y, options);
    for (const [index, network] of networks.entries()) {
      const alone = create(index);
      await alone.fit(x, y, options);
      await alone.fit(x, y, options);
      expect(weightBits(network)).toEqual(weightBits(alone));
    }
  });
});

describe('many networks', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it('300 of them, created and dropped, share the engines there are', () => {
    let memories = 0;
    const Memory = new Proxy(WebAssembly.Memory, {
      construct(target, given, newTarget) {
        memories++;
        return Reflect.construct(target, given, newTarget);
      },
    });
    vi.stubGlobal('WebAssembly', Object.defineProperty(Object.create(WebAssembly), 'Memory', { value: Memory }));
    const expected = bits(smallNetwork().predict(row).data);
    for (let index = 0; index < 300; index++) expect(bits(smallNetwork().predict(row).data)).toEqual(expected);
    expect(memories).toBeLessThanOrEqual(MAXIMUM_ENGINES);
  });

  it('collected in between do not take the engines of others away', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const fill = (): void => {
      for (let index = 0; index < MAXIMUM_ENGINES; index++) create(index).predict(row);
    };
    for (let round = 0; round < 5; round++) {
      fill();
      await turn();
      collect();
      // Moves into an engine whose tenant is gone, before the engine is told so.
      const network = create(1);
      const expected = bits(network.predict(row).data);
      await turn();
      fill();
      expect(bits(network.predict(row).data)).toEqual(expected);
    }
  });
});

describe('networks in fit', () => {
  const samples = numbers(64 * 3, 1);
  const targets = numbers(64 * 2, 2);
  const moment = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const options: FitOptions = { loss: 'meanSquaredError', optimizer: adam(), batchSize: 4, epochs: 60, onEpoch: moment };

  it('stay where they are while others come and go', async () => {
    const alone = create(1);
    const expected = await alone.fit(samples, targets, options);
    const network = create(1);
    let running = true;
    const fitting = network.fit(samples, targets, options).finally(() => {
      running = false;
    });
    for (let index = 0; running; index++) {
      await moment();
      const other = create(index);
      other.trainOnBatch(x, y, { loss: 'meanSquaredError', optimizer: 'adam' });
      other.predict(row);
    }
    expect(await fitting).toEqual(expected);
    expect(weightBits(network)).toEqual(weightBits(alone));
  });

  it('may be as many as there are engines; one more is told so, and has its turn later', async () => {
    const alone = Array.from({ length: MAXIMUM_ENGINES + 1 }, (_, index) => create(index));
    for (const network of alone) await network.fit(samples, targets, options);
    const networks = alone.map((_, index) => create(index));
    const last = networks[MAXIMUM_ENGINES];
    const fits = networks.slice(0, -1).map((network) => network.fit(samples, targets, options));
    const error = await failureOf(() => last.fit(samples, targets, options));
    expect(error).toBeInstanceOf(GradletError);
    expect(error).toMatchObject({ code: 'ERR_MEMORY' });
    expect((error as Error).message).toMatch(/16 networks are training at once/);
    await Promise.all(fits);
    await last.fit(samples, targets, options);
    expect(last.getWeights()[0].data.every(Number.isFinite)).toBe(true);
    networks.slice(0, -1).forEach((network, index) => expect(weightBits(network)).toEqual(weightBits(alone[index])));
  });
});
