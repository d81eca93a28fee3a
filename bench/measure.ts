/**
 * Timing on a noisy machine: tasks and the SIMD limit take turns in short rounds within one process, and what is reported
 * is the median over the rounds, of the time and of the ratio to the limit of the same round. Knows no networks.
 */
import { readFileSync } from 'node:fs';
import { Bench } from 'tinybench';
import type { BinaryName } from '../src/runtime/module.js';

const ROUNDS = 9;
/** Milliseconds of each task in a round. */
const ROUND_MS = 40;
const LIMIT_ITERATIONS = 4000;

export interface Task {
  readonly name: string;
  readonly run: () => unknown;
  /** Floating-point operations of one run, for the columns that speak of them. */
  readonly flops?: number;
  /** What one run does: 'step', 'sample' … and how many of them. */
  readonly unit: string;
  readonly units: number;
}

export interface Line {
  readonly name: string;
  readonly unit: string;
  /** Median microseconds for one unit. */
  readonly microseconds: number;
  readonly gflops?: number;
  /** Of the SIMD limit in the same round. */
  readonly ofLimit?: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

interface LimitKernel {
  prepare(at: number): void;
  limit(iterations: number, at: number): void;
  flopsPerIteration(): number;
}

/** The register-only multiply-add limit of a binary, as a task. */
export function limitTask(binary: BinaryName): Task {
  const bytes = readFileSync(new URL(`./limit.${binary}.wasm`, import.meta.url));
  const kernel = new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports as unknown as LimitKernel;
  kernel.prepare(0);
  const flops = kernel.flopsPerIteration() * LIMIT_ITERATIONS;
  return { name: `limit of ${binary} SIMD`, run: () => kernel.limit(LIMIT_ITERATIONS, 0), flops, unit: 'run', units: 1 };
}

/** Median milliseconds of each task in one round. */
async function round(tasks: readonly Task[]): Promise<number[]> {
  const times: number[] = [];
  for (const task of tasks) {
    const bench = new Bench({ time: ROUND_MS, iterations: 3, warmup: false, retainSamples: true });
    bench.add(task.name, async () => {
      await task.run();
    });
    const [{ result }] = await bench.run();
    if (!('latency' in result)) throw new Error(`${task.name} did not complete: ${result.state}`);
    times.push(median(result.latency.samples ?? [result.latency.mean]));
  }
  return times;
}

/** Measures tasks against the limit, all of them in each round. */
export async function measure(limit: Task, tasks: readonly Task[]): Promise<Line[]> {
  const all = [limit, ...tasks];
  await round(all);
  const rounds: number[][] = [];
  for (let r = 0; r < ROUNDS; r++) rounds.push(await round(all));
  return all.map(({ name, unit, units, flops }, index) => {
    const milliseconds = median(rounds.map((times) => times[index]));
    const line = { name, unit, microseconds: (milliseconds * 1000) / units };
    if (flops === undefined) return line;
    const limitFlops = limit.flops as number;
    const ratio = median(rounds.map((times) => flops / times[index] / (limitFlops / times[0])));
    return { ...line, gflops: flops / milliseconds / 1e6, ofLimit: ratio };
  });
}
