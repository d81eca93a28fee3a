/**
 * The calls that the public API makes to the core, repeated without it: what is left of the time is the wrapper's.
 * Knows the engine of a network, not what the calls compute.
 */
import { coreOf, type Network } from '../src/network.js';
import type { Core } from '../src/runtime/module.js';
import type { Task } from './measure.js';

/** What a run should take. */
const RUN_MS = 10;

/** The longest call of the core that `work` makes on a network, as a task. */
export async function bareTask(
  name: string,
  network: Network,
  work: () => unknown,
  unit: string,
  unitsPerStep: number,
  flopsPerStep?: number,
): Promise<Task> {
  const { inputs } = coreOf('bench', network).architecture;
  // A prediction gives the network its engine.
  network.predict(new Float32Array(inputs));
  const { engine } = coreOf('bench', network).memory;
  const { core } = engine;
  let longest: Parameters<Core['run']> = [0, 0, 0];
  const spy: Core = {
    ...core,
    run: (...call) => {
      if (call[2] >= longest[2]) longest = call;
      return core.run(...call);
    },
  };
  Object.defineProperty(engine, 'core', { value: spy, configurable: true });
  await work();
  Object.defineProperty(engine, 'core', { value: core });
  const [, , count] = longest;
  if (count === 0) throw new Error(`${name}: the work made no call of the core`);
  // Enough of it for the timer, and little enough for a round.
  const before = performance.now();
  core.run(...longest);
  const repeats = Math.ceil(RUN_MS / Math.max(performance.now() - before, 0.001));
  const run = (): void => {
    for (let i = 0; i < repeats; i++) if (core.run(...longest) !== count) throw new Error(`${name} became non-finite`);
  };
  const steps = count * repeats;
  return { name, run, unit, units: steps * unitsPerStep, flops: flopsPerStep && flopsPerStep * steps };
}
