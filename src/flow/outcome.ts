/** The result of a look. Only `failed` counts as a failure; none of them is an error used as a signal. */
export type Outcome =
  | { result: 'done' }
  /** Nothing to do until something changes, or until `afterMs` have passed. */
  | { result: 'waiting'; afterMs?: number }
  /**
   * Trying again does not help: somebody must change something, and `message` says what. No watch reports some changes: these are
   * looked for after `afterMs`.
   */
  | { result: 'refused'; reason: string; message: string; afterMs?: number }
  | Failure;

/** Something did not work. The queue tries it again with growing delays. */
export interface Failure {
  result: 'failed';
  error: ActError;
  /** Set when the API server failed the call. */
  server?: ServerWord;
}

/** Facts for the next try in the answer of the API server, or in its silence. */
export interface ServerWord {
  /** How long the API server asked us to wait, in milliseconds. */
  retryAfterMs: number | undefined;
  /** Somebody changed the object after it was read, so a second look usually helps. */
  conflict: boolean;
}

/** A step that failed, in words for the user. `reason` is one PascalCase word: the same in log, metric and Event. */
export class ActError extends Error {
  override readonly name = 'ActError';
  readonly reason: string;
  /** For how long another try would not help, in milliseconds. */
  readonly afterMs: number | undefined;

  constructor(reason: string, message: string, options: { cause?: unknown; afterMs?: number | undefined } = {}) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.afterMs = options.afterMs;
  }
}
