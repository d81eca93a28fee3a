// @ts-check
// The main job, `npm start`: checks the command line, builds the package, then trains a digit classifier or uses one.
// Nothing here may import the package at the top: it does not exist before the build, and wrong flags answer first.

import { build } from './build.js';
import { RunError, UsageError, messageOf } from './errors.js';
import { checkModelFile, checkOutput } from './files.js';
import { parseFlags } from './flags.js';
import { exitInterrupted, interruptSignal } from './interrupt.js';

try {
  await main();
} catch (error) {
  // Errors that people can act on are one line; anything else is a bug and keeps its stack.
  const expected = error instanceof UsageError || error instanceof RunError;
  console.error(expected ? `digits: ${messageOf(error)}` : error);
  process.exitCode = expected ? error.exitCode : 1;
}

async function main() {
  const flags = parseFlags(process.argv.slice(2));
  if ('help' in flags) {
    process.stdout.write(flags.help);
    return;
  }
  if (flags.use !== undefined) checkModelFile(flags.use);
  else checkOutput(flags.out, ['digits.safetensors', 'digits.svg']);

  // A reader that closes the pipe (`npm start | head`) must not lose the run.
  process.stdout.on('error', () => {});
  const signal = interruptSignal();
  if (flags.build && !(await built(signal))) return;

  if (flags.use !== undefined) {
    const { classify } = await load(() => import('./use.js'));
    classify(flags.use);
  } else {
    const { train } = await load(() => import('./train.js'));
    await train(flags, signal);
  }
}

/** @param {AbortSignal} signal */
async function built(signal) {
  const start = performance.now();
  process.stdout.write('building the core and the package ... ');
  try {
    await build(signal);
  } catch (error) {
    process.stdout.write('\n');
    if (!signal.aborted) throw error;
    console.log('stopped while building: nothing trained, nothing saved');
    exitInterrupted();
    return false;
  }
  console.log(`done in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return true;
}

/**
 * @template T
 * @param {() => Promise<T>} job
 * @returns {Promise<T>}
 */
async function load(job) {
  try {
    return await job();
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new RunError('a module is missing: run `npm ci`, and `npm run build` or leave out --no-build');
  }
}
