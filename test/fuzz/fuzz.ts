// Fuzzes one reader, guided by coverage: inputs that reach code for the first time join those that are mutated. Runs in a worker, so
// that the main thread sees when an input takes too long. Started by run.mjs.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { seeded } from '../support/random.js';
import { Coverage } from './coverage.js';
import { countAllocations, judge } from './judge.js';
import { mutate } from './mutate.js';
import { READERS } from './readers.js';

interface Task {
  readonly reader: string;
  readonly inputs: number;
  readonly seed: number;
  /** Folder of the committed corpus; what is found goes there. */
  readonly corpus: string;
  /** Whether inputs that reached something new are kept, too. */
  readonly keep: boolean;
}

/** Inputs between two looks at the coverage. */
const BATCH = 500;
/** Seconds that one input may take. */
const PATIENCE = 300;
const LONGEST_KEPT = 4096;

interface Shared {
  /** Inputs so far, and the bytes of the one at hand. */
  readonly progress: Int32Array;
  readonly current: Uint8Array;
}

function shared(memory: SharedArrayBuffer): Shared {
  return { progress: new Int32Array(memory, 0, 2), current: new Uint8Array(memory, 8) };
}

async function fuzz(task: Task, memory: SharedArrayBuffer): Promise<void> {
  const { progress, current } = shared(memory);
  const reader = READERS.find(({ name }) => name === task.reader);
  if (!reader) throw new Error(`no reader ${task.reader}; there are ${READERS.map(({ name }) => name).join(', ')}`);
  const folder = join(task.corpus, task.reader);
  mkdirSync(folder, { recursive: true });
  const random = seeded(task.seed);
  const pool = [...(await reader.seeds()), ...readdirSync(folder).map((name) => new Uint8Array(readFileSync(join(folder, name))))];
  const coverage = new Coverage(basename(__filename));
  countAllocations();
  const counts = { read: 0, refused: 0, slowest: 0 };
  const attempt = (bytes: Uint8Array): void => {
    progress[0]++;
    progress[1] = bytes.length;
    current.set(bytes.subarray(0, current.length));
    const start = performance.now();
    const { verdict, finding } = judge(reader, bytes);
    counts.slowest = Math.max(counts.slowest, performance.now() - start);
    counts[verdict]++;
    if (finding) save(task, bytes, finding);
  };
  for (const bytes of pool) attempt(bytes);
  coverage.take();
  const atFirst = coverage.size;
  const kept: Uint8Array[] = [];
  while (progress[0] < task.inputs) {
    const batch = Array.from({ length: BATCH }, () => {
      // The latest half as often as all the others.
      const recent = random.integer(0, 1)
        ? random.integer(Math.max(0, pool.length - 20), pool.length - 1)
        : random.integer(0, pool.length - 1);
      return mutate(reader, pool[recent], random.pick(pool), random);
    });
    for (const bytes of batch) attempt(bytes);
    if (coverage.take() === 0) continue;
    // Some of these went where none has been: they are looked for, against a coverage that forgets the batch.
    coverage.forget();
    for (const bytes of reaching(coverage, batch, attempt)) {
      pool.push(bytes);
      if (bytes.length <= LONGEST_KEPT) kept.push(bytes);
    }
  }
  if (task.keep) for (const [index, bytes] of kept.entries()) writeFileSync(join(folder, `reached-${task.seed}-${index}`), bytes);
  const { read, refused, slowest } = counts;
  const reached = `coverage ${atFirst} to ${coverage.size} characters, ${pool.length} inputs to mutate`;
  console.log(`${task.reader}: ${progress[0]} inputs, ${read} read, ${refused} refused, slowest ${slowest.toFixed(0)} ms; ${reached}`);
}

/** Those of some inputs that reach something new, found by halves. */
function reaching(coverage: Coverage, inputs: readonly Uint8Array[], attempt: (bytes: Uint8Array) => void): Uint8Array[] {
  for (const bytes of inputs) attempt(bytes);
  if (coverage.take() === 0) return [];
  if (inputs.length === 1) return [...inputs];
  coverage.forget();
  const half = inputs.length >> 1;
  return [...reaching(coverage, inputs.slice(0, half), attempt), ...reaching(coverage, inputs.slice(half), attempt)];
}

function save({ corpus, reader, seed }: Task, bytes: Uint8Array, finding: string): never {
  const path = join(corpus, reader, `found-${seed}-${Date.now()}`);
  writeFileSync(path, bytes);
  throw new Error(`${reader}: ${finding}\nthe input is in ${path}`);
}

if (isMainThread) {
  const task = JSON.parse(process.argv[2]) as Task;
  const memory = new SharedArrayBuffer(8 + (1 << 17));
  const { progress, current } = shared(memory);
  const worker = new Worker(__filename, { workerData: { task, memory } });
  let before = -1;
  const watch = setInterval(() => {
    if (progress[0] === before && before > 0) save(task, current.slice(0, progress[1]), `an input took longer than ${PATIENCE} seconds`);
    before = progress[0];
  }, PATIENCE * 1000);
  worker.on('error', (error) => {
    console.error(error);
    process.exit(1);
  });
  worker.on('exit', () => clearInterval(watch));
} else {
  const { task, memory } = workerData as { task: Task; memory: SharedArrayBuffer };
  void fuzz(task, memory);
}
