/** Ctrl-C: the first one becomes an abort signal, so that a command can leave things in order; a later one ends the process. Knows no commands. */
import { INTERRUPTED } from './errors.js';

/** A terminal and a program between us and it (npm, npx) may both pass one Ctrl-C on. */
const SAME_KEYPRESS_MS = 300;

/** A signal for SIGINT and SIGTERM. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  const stop = (): void => {
    if (!controller.signal.aborted) {
      first = performance.now();
      controller.abort(new Error('interrupted'));
    } else if (performance.now() - first > SAME_KEYPRESS_MS) {
      process.exit(INTERRUPTED);
    }
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
