/** Steps shared between threads: how much faster, and what happens when another process keeps a core busy. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FitOptions } from '../src/index.js';
import { measure, type Table, type Task } from './measure.js';
import { classifier, randomData, stepOptions } from './networks.js';
import { type Step, stepFlops, stepName, THREADED_STEPS } from './shapes.js';

const BATCHES = 10;
const EPOCHS = 2;
const ROUNDS = 5;
const COUNTS = [1, 2, 'auto'] as const;

function task(step: Step, threads: (typeof COUNTS)[number], against?: string): Task {
  const network = classifier(step.widths);
  const { x, y } = randomData(step.widths, BATCHES * step.batch);
  const options: FitOptions & { threads: number | 'auto' } = { ...stepOptions(step), epochs: EPOCHS, threads };
  const units = BATCHES * EPOCHS;
  const name = `${stepName(step)}: ${threads === 'auto' ? "'auto'" : `${threads} thread${threads === 1 ? '' : 's'}`}`;
  return { name, run: () => network.fit(x, y, options), unit: 'step', units, flops: stepFlops(step) * units, against };
}

function tasks(): Task[] {
  return THREADED_STEPS.flatMap((step) => {
    const [one, ...more] = COUNTS.map((threads, index) => task(step, threads, index ? `${stepName(step)}: 1 thread` : undefined));
    return [one, ...more];
  });
}

/** Measures while another process keeps a core busy. */
async function besideBusyProcess<T>(work: () => Promise<T>): Promise<T> {
  const busy = spawn(process.execPath, [fileURLToPath(new URL('../../bench/busy.mjs', import.meta.url))], { stdio: 'ignore' });
  try {
    return await work();
  } finally {
    busy.kill();
  }
}

export async function threadTables(): Promise<Table[]> {
  return [
    { title: 'Threads', lines: await measure(undefined, tasks(), ROUNDS) },
    {
      title: 'Threads, with one core kept busy by another process',
      lines: await besideBusyProcess(() => measure(undefined, tasks(), ROUNDS)),
    },
  ];
}
