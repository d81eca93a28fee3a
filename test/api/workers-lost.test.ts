/**
 * Workers that fail: none to be had, never started, ended in the middle, failing inside. A fit then goes on with fewer threads or
 * rejects with the reason, never hangs, and the network keeps its last whole step. The engine's Worker is replaced to see to it.
 */
import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, it, vi } from 'vitest';
import { adam, dense, Network } from '../../src/index.js';
import { seeded } from '../support/random.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const INPUTS = 20;
const ROWS = 256;
const random = seeded(5);
const x = Float32Array.from(random.floats(ROWS * INPUTS));
const y = Int32Array.from({ length: ROWS }, () => random.integer(0, 3));
const OPTIONS = { loss: 'sparseCategoricalCrossentropy', optimizer: adam(), batchSize: 16 } as const;

function network(): Network {
  return new Network({ inputs: INPUTS, layers: [dense(64, { activation: 'relu' }), dense(4, { activation: 'softmax' })], seed: 7 });
}

/** Lets `node:worker_threads` have another Worker for those who ask the process for it. */
function withWorker(replacement: unknown): void {
  const original = process.getBuiltinModule;
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(((name: string) =>
    name === 'node:worker_threads' ? { Worker: replacement } : original(name)) as typeof original);
}

/** Workers that are started while a test runs. */
function recorded(): Worker[] {
  const started: Worker[] = [];
  withWorker(
    class extends Worker {
      constructor(source: string, options: object) {
        super(source, options);
        started.push(this);
      }
    },
  );
  return started;
}

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  // Idle workers of one test must not serve the next.
  await new Promise((resolve) => setTimeout(resolve, 2200));
});

async function weightsOfOneThread(epochs: number): Promise<unknown> {
  const alone = network();
  await alone.fit(x, y, { ...OPTIONS, epochs });
  return alone.getWeights();
}

it('works on one thread where there are no workers, and says why', async () => {
  withWorker(undefined);
  const here = network();
  await here.fit(x, y, { ...OPTIONS, epochs: 2, threads: 2 });
  expect(here.runtime).toMatchObject({ threads: 1, reason: 'this engine has no workers' });
  expect(here.getWeights()).toEqual(await weightsOfOneThread(2));
});

it('works on one thread where workers cannot be started', async () => {
  withWorker(
    class {
      constructor() {
        throw new Error('no workers today');
      }
    },
  );
  const here = network();
  await here.fit(x, y, { ...OPTIONS, epochs: 2, threads: 3 });
  expect(here.runtime).toMatchObject({ threads: 1, reason: 'no workers today' });
  expect(here.getWeights()).toEqual(await weightsOfOneThread(2));
});

it('goes on with those that start when one never says a word', async () => {
  let count = 0;
  class Silent extends EventEmitter {
    postMessage(): void {}
    ref(): void {}
    unref(): void {}
    terminate(): void {}
  }
  withWorker(function start(source: string, options: object) {
    return count++ === 0 ? new Silent() : new Worker(source, options);
  });
  const here = network();
  await here.fit(x, y, { ...OPTIONS, epochs: 2, threads: 3 });
  expect(here.runtime.threads).toBe(2);
  expect(here.runtime.reason).toMatch(/did not start within/);
  expect(here.getWeights()).toEqual(await weightsOfOneThread(2));
});

it('trains a copy in a worker where memory cannot be shared, with the same bits', async () => {
  const started = recorded();
  vi.stubGlobal('SharedArrayBuffer', undefined);
  const here = network();
  const { loss } = await here.fit(x, y, { ...OPTIONS, epochs: 3, worker: true, validationSplit: 0.25 });
  expect(started.length).toBe(1);
  expect(here.runtime).toMatchObject({ threads: 1, reason: 'this engine has no SharedArrayBuffer' });
  vi.unstubAllGlobals();
  const alone = network();
  expect((await alone.fit(x, y, { ...OPTIONS, epochs: 3, validationSplit: 0.25 })).loss).toEqual(loss);
  expect(here.getWeights()).toEqual(alone.getWeights());
});

it.each([1, 2])('rejects when a worker is ended in the middle of it, with the last whole step (%i threads)', async (threads) => {
  const started = recorded();
  const here = network();
  const before = here.getWeights();
  const onEpoch = ({ epoch }: { epoch: number }): void => {
    if (epoch === 3) started[0].terminate();
  };
  const running = here.fit(x, y, { ...OPTIONS, epochs: 100_000, threads, worker: true, onEpoch });
  await expect(running).rejects.toMatchObject({
    name: 'GradletError',
    code: 'ERR_RUNTIME',
    message: expect.stringMatching(/a worker was lost/),
  });
  const weights = here.getWeights();
  expect(weights).not.toEqual(before);
  for (const { data } of weights) expect(data.every(Number.isFinite)).toBe(true);
  // It is usable again, and goes on from where it was.
  await here.fit(x, y, { ...OPTIONS, epochs: 1 });
});

it('continues bit for bit from the state that a lost worker left', async () => {
  const started = recorded();
  const here = network();
  const epochs = 300;
  const onEpoch = ({ epoch }: { epoch: number }): void => {
    if (epoch === 5) started[1].terminate();
  };
  const running = here.fit(x, y, { ...OPTIONS, epochs, threads: 2, onEpoch });
  const lost = await running.then(
    () => false,
    () => true,
  );
  const bytes = here.save({ trainingState: true });
  const there = Network.load(bytes);
  await there.fit(x, y, { ...OPTIONS, epochs, resume: bytes });
  expect(there.getWeights()).toEqual(await weightsOfOneThread(epochs));
  expect(lost).toBe(true);
});

it('can be looked at while workers are at work: everything belongs to one whole step', async () => {
  const here = network();
  const running = here.fit(x, y, { ...OPTIONS, epochs: 300, threads: 2 });
  const saved: Uint8Array<ArrayBuffer>[] = [];
  for (let look = 0; look < 5; look++) {
    await new Promise((resolve) => setTimeout(resolve, 7));
    const bytes = here.save({ trainingState: true });
    expect(Network.load(bytes).predict(x).data).toEqual(here.predict(x).data);
    expect(here.evaluate(x, y, { loss: OPTIONS.loss }).loss).toBeGreaterThan(0);
    saved.push(bytes);
  }
  await running;
  const expected = here.getWeights();
  for (const bytes of saved) {
    const there = Network.load(bytes);
    await there.fit(x, y, { ...OPTIONS, epochs: 300, resume: bytes });
    expect(there.getWeights()).toEqual(expected);
  }
  expect(expected).toEqual(await weightsOfOneThread(300));
});

it('stops at an abort, with the last whole step', async () => {
  const here = network();
  const controller = new AbortController();
  const running = here.fit(x, y, { ...OPTIONS, epochs: 100_000, threads: 2, signal: controller.signal });
  setTimeout(() => controller.abort(new Error('enough')), 50);
  await expect(running).rejects.toThrow('enough');
  const bytes = here.save({ trainingState: true });
  const there = Network.load(bytes);
  expect(there.predict(x).data).toEqual(here.predict(x).data);
});
