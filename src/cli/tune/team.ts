/** Threads that run trials, as many at a time as there are. Knows their messages (worker.ts); no searches. */
import { Worker } from 'node:worker_threads';
import { Interrupted, RunError } from '../errors.js';
import type { Order, Reply, WorkerData } from './worker.js';

export class Team {
  readonly #workers: Worker[];

  constructor(size: number, data: WorkerData) {
    const program = new URL('./cli.js', import.meta.url);
    this.#workers = Array.from({ length: size }, () => new Worker(program, { workerData: data }));
  }

  /** Runs all orders; `done` is told each reply as it comes. The signal stops what runs, and leaves the rest. */
  async run<Job>(
    jobs: readonly Job[],
    orderOf: (job: Job) => Order,
    done: (job: Job, reply: Reply, seconds: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const waiting = [...jobs];
    const stop = (): void => {
      for (const worker of this.#workers) worker.postMessage('stop');
    };
    signal.addEventListener('abort', stop);
    try {
      await Promise.all(
        this.#workers.map(async (worker) => {
          for (let job = waiting.shift(); job !== undefined && !signal.aborted; job = waiting.shift()) {
            const started = performance.now();
            const reply = await ask(worker, orderOf(job));
            if (reply.kind === 'failed')
              throw Object.assign(new RunError(reply.message), reply.stack !== undefined && { stack: reply.stack });
            if (reply.kind !== 'stopped') done(job, reply, (performance.now() - started) / 1000);
          }
        }),
      );
    } finally {
      signal.removeEventListener('abort', stop);
    }
    if (signal.aborted) throw new Interrupted('stopped');
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** One order, one reply. */
function ask(worker: Worker, order: Order): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      finish();
    };
    const onMessage = (reply: Reply): void => settle(() => resolve(reply));
    const onError = (error: Error): void => settle(() => reject(error));
    const onExit = (): void =>
      settle(() => reject(new RunError('a thread has ended in the middle of a trial; is there enough memory? give fewer --workers')));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(order);
  });
}
