// Runs the digits example as a process of its own, the way people do. It knows the command, not what is inside.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const START = fileURLToPath(new URL('../../../examples/digits/start.js', import.meta.url));
const BUILT = new URL('../../../dist/gradlet.js', import.meta.url);

// A process that hangs is ended before the test gives up on it, so that none outlives the tests.
const LONGEST_MS = 25_000;

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs to the end. `during` sees everything printed so far, whenever there is more, and may send signals. */
export function run(
  words: string[],
  cwd: string,
  during: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [START, ...words], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_MS,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      during(stdout, (signal) => child.kill(signal));
    });
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A folder that lives as long as `work`. */
export async function withFolder<T>(work: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'gradlet-digits-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function needBuild(): void {
  if (!existsSync(BUILT)) throw new Error('dist/gradlet.js is missing: run `npm run build` before these tests');
}
