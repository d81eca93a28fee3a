/** A thread that runs trials one after the other. Knows the messages of team.ts, and the training of tables. */
import { existsSync, readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { trainTable } from '../../tabular.js';

/** What a thread is made with. */
export interface WorkerData {
  readonly table: Record<string, Float64Array | string[]>;
}

/** A trial to run, up to some epochs. */
export interface Order {
  /** Options of `trainTable`. */
  readonly options: { readonly target: string; readonly epochs: number } & Readonly<Record<string, unknown>>;
  /** Where the trial is kept; it goes on from there. */
  readonly path: string;
}

export type Reply =
  | {
      readonly kind: 'done';
      readonly epochs: number;
      readonly valLoss: number | null;
      readonly metric?: string;
      readonly value?: number;
      readonly warnings: string[];
    }
  | { readonly kind: 'diverged'; readonly message: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string; readonly stack?: string };

async function run({ options, path }: Order, signal: AbortSignal): Promise<Reply> {
  const { epochs } = options;
  const warnings: string[] = [];
  try {
    const model = await trainTable((workerData as WorkerData).table, {
      ...options,
      signal,
      onWarning: (message) => {
        warnings.push(message);
      },
      checkpoint: { path, everyMinutes: 1 },
      ...(existsSync(path) && { resume: readFileSync(path) }),
    });
    // A trial that is further than asked for is looked at as it was then.
    const { valLoss = [], valMetrics = {} } = model.history ?? {};
    const seen = valLoss.slice(0, epochs);
    const least = Math.min(...seen);
    const [metric, values] = Object.entries(valMetrics)[0] ?? [];
    const at = seen.indexOf(least);
    return {
      kind: 'done',
      epochs: seen.length,
      valLoss: Number.isFinite(least) ? least : null,
      ...(metric !== undefined && { metric, value: values?.[at] }),
      warnings,
    };
  } catch (error) {
    if (signal.aborted) return { kind: 'stopped' };
    const { code, message, stack } = error as Error & { code?: string };
    return code === 'ERR_DIVERGED' ? { kind: 'diverged', message } : { kind: 'failed', message, ...(stack !== undefined && { stack }) };
  }
}

/** Answers orders until the thread is ended; the message 'stop' aborts what runs. */
export function serveTrials(): void {
  const controller = new AbortController();
  parentPort?.on('message', async (message: Order | 'stop') => {
    if (message === 'stop') controller.abort();
    else parentPort?.postMessage(await run(message, controller.signal));
  });
}
