// @ts-check
// The two ways this example gives up, each one line for the person at the terminal: wrong usage, or a run that failed.
// It must not know what went wrong: whoever throws writes the whole message.

/** Wrong flags, or files named by flags that cannot be used. Exit code 2. */
export class UsageError extends Error {
  /** @override */
  name = 'UsageError';
  exitCode = 2;
}

/** The usage was right, but the run could not be finished. Exit code 1. */
export class RunError extends Error {
  /** @override */
  name = 'RunError';
  exitCode = 1;
}

/**
 * The message of whatever was thrown, on one line.
 * @param {unknown} thrown
 */
export function messageOf(thrown) {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ').trim();
}
