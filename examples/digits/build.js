// @ts-check
// Builds the core and the package by `npm run build`, silently unless it fails. It must not know how the build works.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { RunError } from './errors.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * @param {AbortSignal} signal ends the build
 * @returns {Promise<void>}
 */
export function build(signal) {
  return new Promise((resolve, reject) => {
    const npm = npmCommand();
    const child = spawn(npm.command, [...npm.words, 'run', 'build'], {
      cwd: ROOT,
      shell: npm.shell,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => {
      reject(signal.aborted ? signal.reason : new RunError(`npm run build could not be started (${error.message})`));
    });
    child.on('close', (code) => {
      if (code === 0) return resolve();
      if (signal.aborted) return reject(signal.reason);
      process.stderr.write(output);
      reject(new RunError(`the build failed (npm run build, exit code ${code}): see above`));
    });
  });
}

/** The npm that runs us, if any: on Windows it is a script, which only a shell can start by name. */
function npmCommand() {
  const script = process.env.npm_execpath ?? '';
  return /\.[cm]?js$/.test(script)
    ? { command: process.execPath, words: [script], shell: false }
    : { command: 'npm', words: [], shell: process.platform === 'win32' };
}
