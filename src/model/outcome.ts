/** What came of a key. Only `failed` counts as a failure; none of them is an error used as a signal. */
export type Outcome =
  | { result: 'done' }
  /** Nothing to do until something changes, or until `afterMs` have passed. */
  | { result: 'waiting'; afterMs?: number }
  /** Trying again does not help: somebody must change something, and `message` says what. */
  | { result: 'refused'; reason: string; message: string }
  /** Something did not work; it is tried again, ever more rarely. */
  | { result: 'failed'; error: ActError };

/**
 * A deed that did not succeed, in words for the user.
 * `reason` is one PascalCase word, the same in the log, the metric and at the head of the Event's message.
 */
export class ActError extends Error {
  override readonly name = 'ActError';
  readonly reason: string;
  /** How long the API server asked us to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(reason: string, message: string, options: { cause?: unknown; retryAfterMs?: number | undefined } = {}) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.retryAfterMs = options.retryAfterMs;
  }
}
