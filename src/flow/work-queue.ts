import { backoffAfter } from './backoff.ts';
import { type Backoff, type Change, endsBackoff } from './change.ts';
import type { Outcome } from './outcome.ts';

/** A timer takes no more, in milliseconds; a key that is to wait longer has a look in between. */
const longestTimerMs = 2 ** 31 - 1;

/** A key that comes again by itself. */
interface Delay {
  timer: NodeJS.Timeout;
  /** Set when the key failed; else it waits for a condition. */
  backoff: Backoff | undefined;
  /** Before that time, by `performance.now`, the API server does not want to be asked again. */
  notBeforeMs: number;
}

/**
 * Keys that need a look, by the rules of client-go's work queue: a key waits once however often it is added, one worker
 * at a time has it, and a key that is added while it is being worked on comes again afterwards. `change.ts` says which
 * change ends which wait.
 */
export class WorkQueue {
  // A Set, not an array: shifting 200,000 keys off an array was measured to block for 21 s.
  readonly #ready = new Set<string>();
  /** With the object as it was known when the key was taken. */
  readonly #running = new Map<string, string | undefined>();
  /** What changed of keys while they were worked on: the last change of each kind. */
  readonly #again = new Map<string, Map<string, Change>>();
  readonly #delayed = new Map<string, Delay>();
  /** Objects as last known, of keys that wait, are worked on or have failed. */
  readonly #objects = new Map<string, string>();
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

  /** How often the key has failed in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Has the key looked at as soon as possible: at once, or when the wait is over that the change does not end. */
  add(key: string, change: Change = 'perhaps'): void {
    if (this.#stopped) return;
    if (this.#running.has(key)) {
      const kind = typeof change === 'string' ? change : 'object';
      this.#again.set(key, (this.#again.get(key) ?? new Map()).set(kind, change));
      return;
    }
    if (typeof change !== 'string') this.#objects.set(key, change.object);
    const delay = this.#delayed.get(key);
    if (delay?.backoff !== undefined) {
      if (!endsBackoff(change, delay.backoff)) return;
      const askedMs = delay.notBeforeMs - performance.now();
      if (askedMs > 0) {
        this.#addAfter(key, askedMs, { ...delay });
        return;
      }
    }
    this.#addNow(key);
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
    const object = this.#running.get(key);
    this.#running.delete(key);
    if (outcome.result === 'failed') {
      const { server, error } = outcome;
      const failures = this.failures(key) + 1;
      this.#failures.set(key, failures);
      const askedMs = server?.retryAfterMs ?? 0;
      this.#addAfter(key, Math.max(backoffAfter(failures, server), askedMs, error.afterMs ?? 0), {
        backoff: { object, byServer: server !== undefined },
        notBeforeMs: performance.now() + askedMs,
      });
    } else {
      this.#failures.delete(key);
      this.#objects.delete(key);
      if (outcome.result === 'waiting' && outcome.afterMs !== undefined) {
        this.#addAfter(key, outcome.afterMs, { backoff: undefined, notBeforeMs: 0 });
      }
    }
    this.#addAgain(key);
    this.#hand();
  }

  /** Gives out no more keys, and forgets those that wait. */
  stop(): void {
    this.#stopped = true;
    for (const { timer } of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    this.#ready.clear();
    for (const resolve of this.#takers.splice(0)) resolve(undefined);
  }

  /** Adds the key for what changed while it was worked on, which makes one look of all that. */
  #addAgain(key: string): void {
    const changes = this.#again.get(key);
    this.#again.delete(key);
    for (const change of changes?.values() ?? []) {
      if (typeof change !== 'string') this.#objects.set(key, change.object);
      const isUnderWay = this.#ready.has(key) || this.#running.has(key);
      if (!isUnderWay) this.add(key, change);
    }
  }

  #addNow(key: string): void {
    this.#cancelDelay(key);
    this.#ready.add(key);
    this.#hand();
  }

  #addAfter(key: string, delayMs: number, delay: Omit<Delay, 'timer'>): void {
    if (this.#stopped) return;
    this.#cancelDelay(key);
    const timer = setTimeout(() => this.#addNow(key), Math.min(delayMs, longestTimerMs));
    this.#delayed.set(key, { ...delay, timer });
  }

  #cancelDelay(key: string): void {
    clearTimeout(this.#delayed.get(key)?.timer);
    this.#delayed.delete(key);
  }

  #hand(): void {
    for (const key of this.#ready) {
      if (this.#running.size >= this.#atOnce()) return;
      const taker = this.#takers.shift();
      if (taker === undefined) return;
      this.#ready.delete(key);
      this.#running.set(key, this.#objects.get(key));
      taker(key);
    }
  }
}
