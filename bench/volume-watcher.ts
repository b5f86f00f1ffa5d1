import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../test/support/api.ts';

const path = '/api/v1/persistentvolumes';

/** Notes when each new volume is first seen by a client that watches, on the clock of `performance.now`. */
export class VolumeWatcher {
  readonly #seenAt = new Map<string, number>();
  readonly #awaited = new Map<string, (seenAt: number) => void>();
  readonly #stop = new AbortController();
  readonly #ended: Promise<never>;

  static async start(api: Api): Promise<VolumeWatcher> {
    const { body } = await api.send('GET', `${path}?limit=1`);
    return new VolumeWatcher(api, body.metadata.resourceVersion);
  }

  private constructor(api: Api, resourceVersion: string) {
    this.#ended = this.#watch(api, resourceVersion);
    this.#ended.catch(() => {}); // told to whoever waits for a volume
  }

  /**
   * When each of the volumes was first seen, in the order asked for; waits for those that are still to come.
   * @throws {Error} when they are not all there in time
   */
  async untilSeen(volumes: readonly string[], withinMs: number): Promise<number[]> {
    const overdue = new AbortController();
    const tooLate = sleep(withinMs, undefined, { signal: overdue.signal }).then(() => {
      const there = volumes.filter((volume) => this.#seenAt.has(volume)).length;
      throw new Error(`${there} of ${volumes.length} volumes within ${withinMs} ms`);
    });
    tooLate.catch(() => {});
    try {
      return await Promise.race([Promise.all(volumes.map((volume) => this.#seen(volume))), tooLate, this.#ended]);
    } finally {
      overdue.abort();
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  #seen(volume: string): number | Promise<number> {
    return this.#seenAt.get(volume) ?? new Promise((resolve) => this.#awaited.set(volume, resolve));
  }

  /** A server may end a watch at any time, above all one that is slow to read; the next goes on from there. */
  async #watch(api: Api, since: string): Promise<never> {
    for (let resourceVersion = since; ; ) {
      const query = `watch=true&resourceVersion=${resourceVersion}`;
      for await (const { type, object } of api.watch(`${path}?${query}`, this.#stop.signal)) {
        if (type === 'ERROR') throw new Error(`the watch for volumes: ${object.message}`);
        resourceVersion = object.metadata.resourceVersion;
        if (type === 'ADDED') this.#note(object.metadata.name, performance.now());
      }
    }
  }

  #note(volume: string, now: number): void {
    this.#seenAt.set(volume, now);
    this.#awaited.get(volume)?.(now);
    this.#awaited.delete(volume);
  }
}
