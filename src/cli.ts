#!/usr/bin/env node
/** The program `gradlet`: the command line, or, as a thread of `gradlet tune`, one of its trials. Knows nothing of either. */
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const { main } = await import('./cli/main.js');
  await main(process.argv.slice(2));
} else {
  const { serveTrials } = await import('./cli/tune/worker.js');
  serveTrials();
}
