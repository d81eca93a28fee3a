// @ts-check
// Ctrl-C: the first one becomes an abort signal, a later one ends the process. It must not know what is interrupted.

const INTERRUPTED = 130;
// npm passes on a signal that the terminal has already sent to every process of the group, so that one Ctrl-C under
// `npm start` arrives twice within a few milliseconds.
const SAME_KEYPRESS_MS = 300;

/** @returns {AbortSignal} */
export function interruptSignal() {
  const controller = new AbortController();
  let first = 0;
  process.on('SIGINT', () => {
    if (!controller.signal.aborted) {
      first = performance.now();
      controller.abort(new Error('interrupted'));
    } else if (performance.now() - first > SAME_KEYPRESS_MS) {
      process.exit(INTERRUPTED);
    }
  });
  return controller.signal;
}

/** Tells the shell, once everything is written. */
export function exitInterrupted() {
  process.exitCode = INTERRUPTED;
}
