/**
 * Which threads a fit works on: what its options ask for, what its network can use, what the engine has. Knows no steps.
 */
import { checkBoolean, checkInteger, show } from '../check.js';
import type { Architecture } from '../compile/parameters.js';
import type { LossRow } from './losses.js';
import type { Optimizer } from './optimizers.js';
import type { FitOptions } from './options.js';

/** More than any machine has; catches a mistake before it starts a thousand workers. */
const MAXIMUM_THREADS = 256;
/** Floating-point operations of a step from which on a second thread pays (measured: 64-64-10, batch 64, has 1.8 million). */
const AUTO_FLOPS = 1.5e6;
/** Rows of a batch that 'auto' gives each thread at least. */
const AUTO_ROWS = 16;

export interface WorkerOptions {
  readonly threads: number | 'auto';
  readonly worker: boolean;
  readonly workerUrl: string | URL | undefined;
}

export function checkWorkers({ threads = 1, worker = false, workerUrl }: FitOptions): WorkerOptions {
  if (threads !== 'auto') {
    if (typeof threads !== 'number') throw new TypeError(`fit: threads: expected a whole number or 'auto', got ${show(threads)}`);
    checkInteger('fit: threads', threads, 1, MAXIMUM_THREADS);
  }
  checkBoolean('fit: worker', worker);
  if (workerUrl !== undefined && typeof workerUrl !== 'string' && !(workerUrl instanceof URL)) {
    throw new TypeError(`fit: workerUrl: expected a URL, got ${show(workerUrl)}`);
  }
  return { threads, worker, workerUrl: workerUrl as string | URL | undefined };
}

/** Refuses functions of the user's own where the loop runs in a worker: they cannot go there. */
export function checkNoFunctions({ layers }: Architecture, { optimizer: { learningRate } }: { optimizer: Optimizer }, loss: unknown): void {
  const remedy = 'functions of your own cannot go into a worker; leave out `worker`, or use what has a name';
  layers.forEach((layer, index) => {
    if ('activation' in layer && typeof layer.activation !== 'string')
      throw new TypeError(`fit: worker: layers[${index}] has an activation of your own; ${remedy}`);
  });
  if (typeof loss !== 'string') throw new TypeError(`fit: worker: the loss is one of your own; ${remedy}`);
  if (typeof learningRate === 'function' && learningRate.schedule === undefined)
    throw new TypeError(`fit: worker: learningRate is a schedule of your own; ${remedy}`);
}

/** Processors that this process may use. */
function processors(): number {
  const { navigator, process } = globalThis as {
    navigator?: { hardwareConcurrency?: number };
    process?: { getBuiltinModule?: (name: string) => { availableParallelism?: () => number } | undefined };
  };
  try {
    const os = process?.getBuiltinModule?.('node:os');
    if (os?.availableParallelism) return os.availableParallelism();
  } catch {
    // Another runtime's idea of the function.
  }
  return navigator?.hardwareConcurrency ?? 1;
}

/** Threads, and why there are not more. */
export interface ThreadCount {
  readonly threads: number;
  readonly reason?: string;
}

/** How many threads to start, and why not more. */
export function wantedThreads(
  { threads }: WorkerOptions,
  { layers }: Architecture,
  { host }: LossRow,
  step: { readonly flops: number; readonly rows: number },
): ThreadCount {
  if (threads === 1) return { threads };
  if (host || layers.some((layer) => 'activation' in layer && typeof layer.activation !== 'string'))
    return { threads: 1, reason: 'functions of your own run on one thread' };
  if (threads !== 'auto') return { threads };
  if (step.flops < AUTO_FLOPS) return { threads: 1, reason: 'a step of this network is too small to gain from a second thread' };
  const wanted = Math.max(1, Math.min(processors(), Math.floor(step.rows / AUTO_ROWS)));
  return wanted > 1 ? { threads: wanted } : { threads: 1, reason: 'one processor, or a batch too small to share' };
}
