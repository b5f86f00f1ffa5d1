import type { Outcome } from '../model/outcome.ts';
import { backoffMs } from './backoff.ts';

/** A timer takes no more, in milliseconds; a key that is to wait longer has a look in between. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Keys that need a look, by the rules of client-go's work queue: a key waits once however often it is added, one worker
 * at a time has it, and a key that is added while it is being worked on comes again afterwards.
 */
export class WorkQueue {
  // A Set, not an array: shifting 200,000 keys off an array was measured to block for 21 s.
  readonly #ready = new Set<string>();
  readonly #running = new Set<string>();
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, NodeJS.Timeout>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #atOnce: () => number;
  #stopped = false;

  /** @param atOnce how many keys may be worked on at once, however many workers there are; asked before each */
  constructor(atOnce: () => number = () => Number.POSITIVE_INFINITY) {
    this.#atOnce = atOnce;
  }

  /** Keys that wait for a worker, those in back-off not counted. */
  get depth(): number {
    return this.#ready.size;
  }

  /** Has the key looked at as soon as possible; a wait or back-off that it is in ends. */
  add(key: string): void {
    if (this.#stopped) return;
    this.#cancelDelay(key);
    if (this.#running.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#ready.add(key);
    this.#hand();
  }

  /** The next key, when there is one; undefined once the queue has been stopped. */
  take(): Promise<string | undefined> {
    if (this.#stopped) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#hand();
    });
  }

  /** Ends the work on a key. The outcome says whether and when it is looked at again. */
  finish(key: string, outcome: Outcome): void {
    this.#running.delete(key);
    if (outcome.result === 'failed') {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      this.#addAfter(key, Math.max(backoffMs(failures), outcome.error.retryAfterMs ?? 0));
    } else {
      this.#failures.delete(key);
      if (outcome.result === 'waiting' && outcome.afterMs !== undefined) this.#addAfter(key, outcome.afterMs);
    }
    if (this.#again.delete(key)) this.add(key);
    this.#hand();
  }

  /** Gives out no more keys, and forgets those that wait. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    this.#ready.clear();
    for (const resolve of this.#takers.splice(0)) resolve(undefined);
  }

  #addAfter(key: string, delayMs: number): void {
    if (this.#stopped) return;
    this.#cancelDelay(key);
    this.#delayed.set(
      key,
      setTimeout(() => this.add(key), Math.min(delayMs, longestTimerMs)),
    );
  }

  #cancelDelay(key: string): void {
    clearTimeout(this.#delayed.get(key));
    this.#delayed.delete(key);
  }

  #hand(): void {
    for (const key of this.#ready) {
      if (this.#running.size >= this.#atOnce()) return;
      const taker = this.#takers.shift();
      if (taker === undefined) return;
      this.#ready.delete(key);
      this.#running.add(key);
      taker(key);
    }
  }
}
