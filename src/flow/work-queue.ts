import { backoffAfter } from './backoff.ts';
import { type Backoff, type Change, endsBackoff, type Known } from './change.ts';
import type { Outcome } from './outcome.ts';

/** The longest delay of a timer, in milliseconds. A key that waits longer is looked at in between. */
const longestTimerMs = 2 ** 31 - 1;

/** A key that a timer adds again. */
interface Delay {
  timer: NodeJS.Timeout;
  /** Set when the key failed; else it waits for a condition. */
  backoff: Backoff | undefined;
  /** The API server asked for no call before this time, by `performance.now`. */
  notBeforeMs: number;
}

export interface WorkQueueOptions {
  /** How many keys may be worked on at once, however many workers there are; asked before each. Default: any number. */
  atOnce?: () => number;
  /** The lane that a key waits in. Workers take from the lanes in turn. Default: one lane. */
  laneOf?: (key: string) => string;
}

/**
 * Keys that need a look, by the rules of client-go's work queue: a key waits once however often it is added, one worker
 * at a time has it, and a key that is added while it is being worked on comes again afterwards. `change.ts` says which
 * change ends which wait.
 */
export class WorkQueue {
  /** The next lane comes first. Sets, not arrays: shifting 200,000 keys off an array was measured to block for 21 s. */
  readonly #lanes = new Map<string, Set<string>>();
  /** Keys that a worker has, with the words about their objects when they were taken. */
  readonly #running = new Map<string, Known>();
  /** Changes of the keys that a worker has: the last one of each kind. */
  readonly #again = new Map<string, Map<string, Change>>();
  readonly #delayed = new Map<string, Delay>();
  /** Words about the objects of keys that wait, that a worker has, or that have failed. */
  readonly #objects = new Map<string, Known>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #atOnce: () => number;
  readonly #laneOf: (key: string) => string;
  #stopped = false;

  constructor({ atOnce = () => Number.POSITIVE_INFINITY, laneOf = () => '' }: WorkQueueOptions = {}) {
    this.#atOnce = atOnce;
    this.#laneOf = laneOf;
  }

  /** How many keys of a lane wait for a worker. Keys in back-off do not count. */
  depth(lane = ''): number {
    return this.#lanes.get(lane)?.size ?? 0;
  }

  /** How often the key has failed in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Gives the key to a worker: now, or after a wait that the change does not end. */
  add(key: string, change: Change = 'perhaps'): void {
    if (this.#stopped) return;
    if (this.#running.has(key)) {
      const kind = typeof change === 'string' ? change : change.of;
      this.#again.set(key, (this.#again.get(key) ?? new Map()).set(kind, change));
      return;
    }
    this.#learn(key, change);
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

  /** Waits for the next key; undefined once the queue is stopped. */
  take(): Promise<string | undefined> {
    if (this.#stopped) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#hand();
    });
  }

  /** Ends the work on a key. The outcome says whether and when it is looked at again. */
  finish(key: string, outcome: Outcome): void {
    const known = this.#running.get(key) ?? {};
    this.#running.delete(key);
    if (outcome.result === 'failed') {
      const { server, error } = outcome;
      const failures = this.failures(key) + 1;
      this.#failures.set(key, failures);
      const askedMs = server?.retryAfterMs ?? 0;
      this.#addAfter(key, Math.max(backoffAfter(failures, server), askedMs, error.afterMs ?? 0), {
        backoff: { known, byServer: server !== undefined },
        notBeforeMs: performance.now() + askedMs,
      });
    } else {
      this.#failures.delete(key);
      this.#objects.delete(key);
      if (outcome.result !== 'done' && outcome.afterMs !== undefined) {
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
    this.#lanes.clear();
    for (const resolve of this.#takers.splice(0)) resolve(undefined);
  }

  /** Adds the key once for all that changed while a worker had it. */
  #addAgain(key: string): void {
    const changes = this.#again.get(key);
    this.#again.delete(key);
    for (const change of changes?.values() ?? []) {
      this.#learn(key, change);
      const isUnderWay = this.#running.has(key) || this.#isReady(key);
      if (!isUnderWay) this.add(key, change);
    }
  }

  #learn(key: string, change: Change): void {
    if (typeof change !== 'string') this.#objects.set(key, { ...this.#objects.get(key), [change.of]: change.words });
  }

  #addNow(key: string): void {
    this.#cancelDelay(key);
    if (!this.#isReady(key)) {
      const lane = this.#laneOf(key);
      this.#lanes.set(lane, (this.#lanes.get(lane) ?? new Set()).add(key));
    }
    this.#hand();
  }

  #isReady(key: string): boolean {
    for (const lane of this.#lanes.values()) if (lane.has(key)) return true;
    return false;
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
    while (this.#takers.length > 0 && this.#running.size < this.#atOnce()) {
      const key = this.#next();
      if (key === undefined) return;
      this.#running.set(key, this.#objects.get(key) ?? {});
      this.#takers.shift()?.(key);
    }
  }

  /** Takes the oldest key off the first lane that has one; that lane is then the last. */
  #next(): string | undefined {
    for (const [name, keys] of this.#lanes) {
      const [key] = keys;
      if (key === undefined) continue;
      keys.delete(key);
      this.#lanes.delete(name);
      this.#lanes.set(name, keys);
      return key;
    }
    return undefined;
  }
}
