/** The error class for what is neither a wrong kind (TypeError) nor a wrong value or shape (RangeError). Knows nothing else. */

/** What went wrong, for programs. */
export type ErrorCode = 'ERR_DIVERGED' | 'ERR_FORMAT' | 'ERR_MEMORY' | 'ERR_RUNTIME' | 'ERR_BUSY';

/** An error with a `code`; the message says what was expected, what came, where, and the remedy when there is one. */
export class GradletError extends Error {
  override readonly name = 'GradletError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
