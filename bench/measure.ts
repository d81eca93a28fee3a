/**
 * Timing on a noisy machine: tasks and the SIMD limit take turns in short rounds within one process, and what is reported
 * is the median over the rounds, of the time and of each ratio within one round. Knows no networks.
 */
import { Bench } from 'tinybench';
import { median } from './numbers.mjs';

const ROUNDS = 9;
/** Milliseconds of each task in a round. */
const ROUND_MS = 40;
/** And of the limit before it. */
const LIMIT_MS = 8;

export interface Task {
  readonly name: string;
  readonly run: () => unknown;
  /** What one run does: 'step', 'sample' … and how many of them. */
  readonly unit: string;
  readonly units: number;
  /** Floating-point operations of one run, for the columns that speak of them. */
  readonly flops?: number;
  /** Compare with the task of this name in the same table, unit by unit. */
  readonly against?: string;
  /** Which part of the time passed inside the core. */
  readonly share?: () => number;
}

export interface Line {
  readonly name: string;
  readonly unit: string;
  /** Median microseconds for one unit. */
  readonly microseconds: number;
  /** The longest, where that is what matters. */
  readonly most?: number;
  readonly gflops?: number;
  /** Of the SIMD limit in the same round. */
  readonly ofLimit?: number;
  /** Speed compared with another line's, in the same rounds: 2 is twice as fast. */
  readonly speed?: { readonly against: string; readonly ratio: number };
  /** Of the time, inside the core. */
  readonly inside?: number;
}

export interface Table {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly note?: string;
}

/** Median milliseconds of a task over a short while. */
async function clock(task: Task, time: number): Promise<number> {
  const bench = new Bench({ time, iterations: 1, warmup: false, retainSamples: true });
  bench.add(task.name, async () => {
    await task.run();
  });
  const [{ result }] = await bench.run();
  if (!('latency' in result)) throw new Error(`${task.name} did not complete: ${result.state}`);
  return median(result.latency.samples ?? [result.latency.mean]);
}

interface Clocked {
  readonly milliseconds: number;
  /** Of the limit, measured just before. */
  readonly limit: number;
}

/** All tasks once, each right after the limit where it is compared with that. */
async function round(tasks: readonly Task[], limit: Task | undefined): Promise<Clocked[]> {
  const found: Clocked[] = [];
  for (const task of tasks) {
    const compared = limit && task.flops !== undefined;
    found.push({ limit: compared ? await clock(limit, LIMIT_MS) : Number.NaN, milliseconds: await clock(task, ROUND_MS) });
  }
  return found;
}

/** Measures tasks, and the limit if there is one, all of them in each round. */
export async function measure(limit: Task | undefined, tasks: readonly Task[], count = ROUNDS): Promise<Line[]> {
  const all = limit ? [limit, ...tasks] : tasks;
  await round(all, limit);
  const rounds: Clocked[][] = [];
  for (let r = 0; r < count; r++) rounds.push(await round(all, limit));
  return all.map((task, index): Line => {
    const { name, unit, units, flops, against } = task;
    const over = (of: (times: readonly Clocked[]) => number): number => median(rounds.map(of));
    const other = all.findIndex((candidate) => candidate.name === against);
    const perUnit = (times: readonly Clocked[], place: number): number => times[place].milliseconds / all[place].units;
    const milliseconds = over((times) => times[index].milliseconds);
    const limitFlops = limit?.flops;
    return {
      name,
      unit,
      microseconds: (milliseconds * 1000) / units,
      gflops: flops && flops / milliseconds / 1e6,
      ofLimit: flops && limitFlops && over((times) => (flops / times[index].milliseconds) * (times[index].limit / limitFlops)),
      inside: task.share?.(),
      speed: against === undefined ? undefined : { against, ratio: over((times) => perUnit(times, other) / perUnit(times, index)) },
    };
  });
}
