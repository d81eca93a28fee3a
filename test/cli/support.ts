// What the tests of the command line share: the built program run as a process, tables, and a folder for each test. They know files and words only.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, vi } from 'vitest';
import { main } from '../../src/cli/main.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const program = join(root, 'dist/cli.js');

export interface Finished {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly env?: Record<string, string>;
  /** Told what the process has written so far, and the process. */
  readonly watch?: (seen: string, child: ChildProcess) => void;
}

/** Runs the program to its end. */
export function gradlet(words: readonly string[], { cwd, input, env, watch }: RunOptions = {}): Promise<Finished> {
  const options: SpawnOptions = { cwd: cwd ?? folder, env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000', ...env } };
  const child = spawn(process.execPath, [program, ...words], options);
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    watch?.(stdout, child);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    watch?.(stderr, child);
  });
  // A program that has seen enough may close its input.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Sends SIGINT as soon as a text is seen; once, as a person does. */
export function interruptAt(sign: string): RunOptions['watch'] {
  let sent = false;
  return (seen, child) => {
    if (sent || !seen.includes(sign)) return;
    sent = true;
    child.kill('SIGINT');
  };
}

/** The same, which must go well. */
export async function done(words: readonly string[], options?: RunOptions): Promise<Finished> {
  const finished = await gradlet(words, options);
  if (finished.code !== 0) throw new Error(`gradlet ${words.join(' ')}: exit code ${finished.code}\n${finished.stdout}${finished.stderr}`);
  return finished;
}

/** Runs a command line in this process: many of them cost little so. The process's folder is the test's meanwhile. */
export async function inside(words: readonly string[]): Promise<Omit<Finished, 'signal'>> {
  const seen = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      seen[name] += text;
      return true;
    }),
  );
  const before = { code: process.exitCode, folder: process.cwd() };
  process.exitCode = 0;
  process.chdir(folder);
  try {
    await main(words);
    return { code: Number(process.exitCode), ...seen };
  } finally {
    process.exitCode = before.code;
    process.chdir(before.folder);
    for (const spy of spies) spy.mockRestore();
  }
}

/** The same, which must go well. */
export async function insideDone(words: readonly string[]): Promise<Omit<Finished, 'signal'>> {
  const finished = await inside(words);
  if (finished.code !== 0) throw new Error(`gradlet ${words.join(' ')}: exit code ${finished.code}\n${finished.stdout}${finished.stderr}`);
  return finished;
}

/** JSON, one object a line. */
export function objects(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

export let folder: string;

/** Gives each test of a file a folder of its own; paths are as seen from it. */
export function useFolder(timeout = 60_000): void {
  // Processes take their time on a busy machine.
  vi.setConfig({ testTimeout: timeout });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gradlet-cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
}

export function put(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return name;
}

export function text(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

export const NAMES = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species'];
const SPECIES = ['setosa', 'versicolor', 'virginica'];

/** Rows of the iris data: four measures and the species. */
export const IRIS: readonly (readonly string[])[] = readFileSync(join(root, 'test/learning/data/iris.csv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.trim().split(','))
  .map((cells) => [...cells.slice(0, 4), SPECIES[Number(cells[4])]]);

/** A table as text. */
export function csv(rows: readonly (readonly string[])[], names: readonly string[] = NAMES, separator = ','): string {
  return `${[names, ...rows].map((row) => row.join(separator)).join('\n')}\n`;
}

/** The iris data as a file. */
export function iris(): string {
  return put('iris.csv', csv(IRIS));
}

let trained: Uint8Array | undefined;

/** A small model of it, trained once: four inputs, eight hidden units, three species. */
export async function irisModel(name = 'model.safetensors'): Promise<string> {
  iris();
  if (!trained) {
    await trainIris(name);
    trained = readFileSync(join(folder, name));
  }
  return put(name, trained);
}

/** Trains it anew. */
export function trainIris(name: string): Promise<Finished> {
  return done(['train', iris(), '--target', 'species', '--hidden', '8', '--epochs', '12', '--seed', '1', '--out', name, '--quiet']);
}
