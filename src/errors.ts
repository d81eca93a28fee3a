/** The error class for what is neither a wrong kind (TypeError) nor a wrong value or shape (RangeError). Knows nothing else. */

/** What went wrong, for programs. */
export type ErrorCode = 'ERR_DIVERGED' | 'ERR_FORMAT' | 'ERR_MEMORY' | 'ERR_RUNTIME' | 'ERR_BUSY';

const MARK = Symbol.for('gradlet.error');

/** An error with a `code`; the message says what was expected, what came, where, and the remedy when there is one. */
export class GradletError extends Error {
  /** Errors of another copy of the package (ESM and CommonJS, say) are GradletErrors, too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a derived class inherits this, and asks for itself.
    if (this !== GradletError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return value !== null && typeof value === 'object' && MARK in value;
  }

  /** Always 'GradletError'. */
  override readonly name = 'GradletError';
  /** What went wrong, for programs. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    Object.defineProperty(this, MARK, { value: true });
  }
}
