import { backoffMs } from '../flow/backoff.ts';
import { failureOf } from '../flow/failure.ts';

export interface RepeatedScanOptions {
  scan: () => Promise<void>;
  /** The time between two scans that nothing asks for, in milliseconds; undefined: there are none. */
  everyMs: number | undefined;
  /** @param failures how many there were in a row, this one among them @param afterMs when the next scan comes, in milliseconds */
  onFailure: (error: unknown, failures: number, afterMs: number) => void;
}

/** Scans when it is asked, from time to time, and soon after a failure; never twice at the same time. */
export class RepeatedScan {
  readonly #options: RepeatedScanOptions;
  #timer: NodeJS.Timeout | undefined;
  #stopped = true;
  #failures = 0;
  /** The API server asked for no call before this time, by `performance.now`. */
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> = Promise.resolve();
  /** A scan that was asked for and has not begun. */
  #next: Promise<void> | undefined;

  constructor(options: RepeatedScanOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    this.#runAfter(this.#options.everyMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** A scan that begins from now on, after the one that is running. It never rejects. */
  run(): Promise<void> {
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      this.#running = this.#scan();
      return this.#running;
    });
    return this.#next;
  }

  async #scan(): Promise<void> {
    const { scan, everyMs, onFailure } = this.#options;
    const askedMs = this.#notBeforeMs - performance.now();
    if (askedMs > 0) return this.#runAfter(askedMs);
    try {
      await scan();
      this.#failures = 0;
      this.#runAfter(everyMs);
    } catch (error) {
      this.#failures += 1;
      const retryMs = failureOf(error).server?.retryAfterMs ?? 0;
      this.#notBeforeMs = performance.now() + retryMs;
      const afterMs = Math.max(backoffMs(this.#failures), retryMs);
      onFailure(error, this.#failures, afterMs);
      this.#runAfter(afterMs);
    }
  }

  #runAfter(delayMs: number | undefined): void {
    clearTimeout(this.#timer);
    if (!this.#stopped && delayMs !== undefined) this.#timer = setTimeout(() => void this.run(), delayMs);
  }
}
