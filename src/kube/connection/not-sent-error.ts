/** A request was never sent: the server could not be reached, or there were no credentials. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
  /** Node's code of the cause, such as `ECONNREFUSED`. */
  readonly code: string | undefined;

  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  }
}
