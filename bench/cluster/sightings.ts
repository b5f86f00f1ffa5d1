import { setTimeout as sleep } from 'node:timers/promises';

/** When each of many things was first seen, on the clock of `performance.now`. */
export class Sightings {
  readonly #what: string;
  readonly #seenAt = new Map<string, number>();
  readonly #awaited = new Map<string, (seenAt: number) => void>();

  /** @param what for the message when they are not all seen: `volumes` */
  constructor(what: string) {
    this.#what = what;
  }

  /** Only the first time counts. */
  note(name: string, now: number): void {
    if (this.#seenAt.has(name)) return;
    this.#seenAt.set(name, now);
    this.#awaited.get(name)?.(now);
    this.#awaited.delete(name);
  }

  /** Of all that were seen. */
  names(): Iterable<string> {
    return this.#seenAt.keys();
  }

  /**
   * When each was first seen, in the order asked for; waits for those that are still to come.
   * @throws {Error} when they are not all seen in time
   */
  async until(names: readonly string[], withinMs: number): Promise<number[]> {
    const overdue = new AbortController();
    const tooLate = sleep(withinMs, undefined, { signal: overdue.signal }).then(() => {
      const there = names.filter((name) => this.#seenAt.has(name)).length;
      throw new Error(`${there} of ${names.length} ${this.#what} within ${withinMs} ms`);
    });
    tooLate.catch(() => {});
    try {
      return await Promise.race([Promise.all(names.map((name) => this.#seen(name))), tooLate]);
    } finally {
      overdue.abort();
    }
  }

  #seen(name: string): number | Promise<number> {
    return this.#seenAt.get(name) ?? new Promise((resolve) => this.#awaited.set(name, resolve));
  }
}
