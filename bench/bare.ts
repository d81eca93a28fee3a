/**
 * The calls that the public API makes to the core, repeated without it: what is left of the time is the wrapper's.
 * Knows the engine of a network and its step records, not what the calls compute.
 */
import { STEP_ORDER, STEP_ROWS, STEP_SIZE } from '../assembly/abi.js';
import { PURPOSE, shuffle } from '../src/data/random.js';
import { coreOf, type Network } from '../src/network.js';
import type { Engine } from '../src/runtime/engine.js';
import type { Core } from '../src/runtime/module.js';
import type { Task } from './measure.js';

/** What a run takes unless told. */
const RUN_MS = 10;

export interface BareTask {
  readonly name: string;
  readonly network: Network;
  /** The work through the public API. */
  readonly work: () => unknown;
  readonly unit: string;
  readonly flopsPerStep?: number;
  /** What a run should take, in milliseconds: as long as what it is compared with, so that both have their share of noise. */
  readonly milliseconds?: number;
  /** Rows of data that the steps go through in a shuffled order; of a prediction there is one. */
  readonly rows?: number;
}

/** The longest call of the core that some work makes, as a task. */
export async function bareTask({ name, network, work, unit, flopsPerStep, milliseconds = RUN_MS, rows = 0 }: BareTask): Promise<Task> {
  const { inputs } = coreOf('bench', network).architecture;
  // A prediction gives the network its engine.
  network.predict(new Float32Array(inputs));
  const { engine } = coreOf('bench', network).memory;
  const { core } = engine;
  const call = await longestCall(engine, work);
  const [, records, count] = call;
  if (count === 0) throw new Error(`${name}: the work made no call of the core`);
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  shuffle(order, 1, PURPOSE.order, 0);
  let next = 0;
  const step = (): void => {
    if (rows) next = writeOrders(engine, records, count, order, next);
    if (core.run(...call) !== count) throw new Error(`${name} became non-finite`);
  };
  const before = performance.now();
  step();
  const repeats = Math.ceil(milliseconds / Math.max(performance.now() - before, 0.001));
  const run = (): void => {
    for (let i = 0; i < repeats; i++) step();
  };
  const steps = count * repeats;
  return { name, run, unit, units: steps, flops: flopsPerStep && flopsPerStep * steps };
}

async function longestCall(engine: Engine, work: () => unknown): Promise<Parameters<Core['run']>> {
  let longest: Parameters<Core['run']> = [0, 0, 0];
  const end = spy(engine, (run, call) => {
    if (call[2] >= longest[2]) longest = call;
    return run(...call);
  });
  await work();
  end();
  return longest;
}

/** Puts `around` around every run of the core; returns what takes it away again. */
function spy(engine: Engine, around: (run: Core['run'], call: Parameters<Core['run']>) => number): () => void {
  const { core } = engine;
  Object.defineProperty(engine, 'core', {
    value: { ...core, run: (...call) => around(core.run, call) } satisfies Core,
    configurable: true,
  });
  return () => Object.defineProperty(engine, 'core', { value: core });
}

/** Does some work of a network, and tells which part of all the time so far passed inside the core. */
export function watched(network: Network, work: () => Promise<unknown>): { run: () => Promise<void>; share: () => number } {
  network.predict(new Float32Array(coreOf('bench', network).architecture.inputs));
  let inside = 0;
  let total = 0;
  spy(coreOf('bench', network).memory.engine, (run, call) => {
    const before = performance.now();
    const done = run(...call);
    inside += performance.now() - before;
    return done;
  });
  const run = async (): Promise<void> => {
    const before = performance.now();
    await work();
    total += performance.now() - before;
  };
  return { run, share: () => inside / total };
}

/** Lets each step work on the next rows of a shuffled order, as in fit: the caches are as warm as there; returns where to go on. */
function writeOrders({ i32 }: Engine, records: number, count: number, order: Int32Array, first: number): number {
  let next = first;
  for (let record = records; record < records + count * STEP_SIZE; record += STEP_SIZE) {
    const to = i32[(record + STEP_ORDER) / 4] / 4;
    const batch = i32[(record + STEP_ROWS) / 4];
    for (let i = 0; i < batch; i++) {
      i32[to + i] = order[next];
      next = next + 1 < order.length ? next + 1 : 0;
    }
  }
  return next;
}
