/**
 * Starts workers: threads of Node, or workers of the web from a Blob or a URL. Knows what they are asked (messages.ts), not
 * what for.
 */
import { GradletError } from '../../errors.js';
import type { FromWorker, ToWorker } from './messages.js';
import { WORKER } from './worker.generated.js';

/** How long a worker may take to say that it is there, in milliseconds. */
const START_MS = 5000;

interface NodeWorker {
  postMessage(message: ToWorker, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (message: FromWorker) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'exit', listener: (code: number) => void): void;
  ref(): void;
  unref(): void;
  terminate(): void;
}

interface NodeThreads {
  readonly Worker: new (source: string | URL, options: Record<string, unknown>) => NodeWorker;
}

interface WebWorker {
  postMessage(message: ToWorker, transfer?: readonly ArrayBuffer[]): void;
  onmessage: ((event: { data: FromWorker }) => void) | null;
  onerror: ((event: { message?: string; preventDefault?: () => void }) => void) | null;
  onmessageerror: (() => void) | null;
  terminate(): void;
}

type Answer = (message: FromWorker) => void;

/** Threads of Node (and of Deno and Bun, which have them too). */
function nodeThreads(): NodeThreads | undefined {
  try {
    const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => NodeThreads | undefined } };
    return process?.getBuiltinModule?.('node:worker_threads');
  } catch {
    return undefined;
  }
}

/** Why workers cannot be had here at all; undefined if they can. */
export function noWorkers(): string | undefined {
  if (nodeThreads()?.Worker) return undefined;
  return typeof (globalThis as { Worker?: unknown }).Worker === 'function' ? undefined : 'this engine has no workers';
}

/** Why memory cannot be shared with a worker here; undefined if it can. */
export function noSharing(): string | undefined {
  // Browsers hide SharedArrayBuffer from a page that is not isolated: the headers are what is missing.
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated;
  if (isolated === false && !nodeThreads()?.Worker) return 'the page is not cross-origin isolated (COOP and COEP headers)';
  if (typeof SharedArrayBuffer !== 'function') return 'this engine has no SharedArrayBuffer';
  return undefined;
}

/** One worker; answers come back in the order of what it is asked. */
export class WorkerHandle {
  /** Why it is gone; undefined while it lives. */
  lost: string | undefined;
  readonly #post: (message: ToWorker, transfer: readonly ArrayBuffer[]) => void;
  readonly #hold: (on: boolean) => void;
  readonly #terminate: () => void;
  readonly #waiting = new Map<number, { resolve: Answer; reject: (error: Error) => void }>();
  #next = 1;
  /** Called at once when the worker is gone. */
  onLost: (() => void) | undefined;

  constructor(url: string | URL | undefined) {
    const threads = nodeThreads();
    if (threads?.Worker) {
      const worker = url === undefined ? new threads.Worker(WORKER, { eval: true, execArgv: [] }) : new threads.Worker(new URL(url), {});
      worker.unref();
      worker.on('message', (message) => this.#receive(message));
      worker.on('error', (error) => this.#lose(error.message));
      worker.on('exit', (code) => this.#lose(`it ended with code ${code}`));
      this.#post = (message, transfer) => worker.postMessage(message, transfer);
      this.#hold = (on) => (on ? worker.ref() : worker.unref());
      this.#terminate = () => worker.terminate();
      return;
    }
    const { Worker } = globalThis as unknown as { Worker: new (url: string | URL) => WebWorker };
    const blob = url === undefined ? URL.createObjectURL(new Blob([WORKER], { type: 'text/javascript' })) : undefined;
    const worker = new Worker(url ?? (blob as string));
    worker.onmessage = ({ data }) => {
      if (blob) URL.revokeObjectURL(blob);
      this.#receive(data);
    };
    worker.onerror = (event) => {
      event.preventDefault?.();
      this.#lose(event.message || 'its script could not be started (a policy for worker-src may forbid it: see workerUrl)');
    };
    worker.onmessageerror = () => this.#lose('a message could not be read');
    this.#post = (message, transfer) => worker.postMessage(message, transfer);
    this.#hold = () => undefined;
    this.#terminate = () => worker.terminate();
  }

  /** Asks, and keeps the process alive until the answer is there. */
  ask(message: Record<string, unknown>, transfer: readonly ArrayBuffer[] = []): Promise<FromWorker> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (this.lost !== undefined) {
        reject(new GradletError('ERR_RUNTIME', `a worker was lost: ${this.lost}`));
        return;
      }
      this.#waiting.set(id, { resolve, reject });
      this.#hold(true);
      try {
        this.#post({ ...message, id } as unknown as ToWorker, transfer);
      } catch (error) {
        this.#waiting.delete(id);
        this.#release();
        reject(error);
      }
    });
  }

  /** As `ask`, for a worker that may never answer. */
  async askAtStart(message: Record<string, unknown>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new GradletError('ERR_RUNTIME', `a worker did not start within ${START_MS} ms`)), START_MS);
    });
    try {
      const answer = await Promise.race([this.ask(message), late]);
      if ('failed' in answer) throw new GradletError('ERR_RUNTIME', `a worker could not start the core: ${answer.failed}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets it end by itself, or ends it. */
  end(): void {
    this.lost ??= 'it was ended';
    this.#terminate();
  }

  #receive(message: FromWorker): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    this.#release();
    waiting?.resolve(message);
  }

  #release(): void {
    if (this.#waiting.size === 0) this.#hold(false);
  }

  #lose(reason: string): void {
    if (this.lost !== undefined && this.#waiting.size === 0) return;
    this.lost ??= reason;
    this.onLost?.();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new GradletError('ERR_RUNTIME', `a worker was lost: ${this.lost}`));
  }
}
