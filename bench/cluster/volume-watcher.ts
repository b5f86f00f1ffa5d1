import { setTimeout as sleep } from 'node:timers/promises';
import { finalizer } from '../../src/model/names.ts';
import type { Api, Json } from '../../test/support/api.ts';
import { follow } from './follow.ts';

const path = '/api/v1/persistentvolumes';

/** A client that watches volumes. Its times are of `performance.now`. */
export class VolumeWatcher {
  /** When each volume was first seen. */
  readonly #made = new Map<string, number>();
  /**
   * When each volume was first seen being deleted and without the provisioner's finalizer. What is left to do then is for
   * Kubernetes' own controllers.
   */
  readonly #letGo = new Map<string, number>();
  readonly #stop = new AbortController();
  #failure: unknown;

  static async start(api: Api): Promise<VolumeWatcher> {
    const { body } = await api.send('GET', `${path}?limit=1`);
    return new VolumeWatcher(api, body.metadata.resourceVersion);
  }

  private constructor(api: Api, resourceVersion: string) {
    this.#watch(api, resourceVersion).catch((cause) => {
      this.#failure = cause;
    });
  }

  /** When each of the volumes was first seen, in the order asked for. Waits for those that are still to come. */
  untilSeen = (volumes: readonly string[], withinMs: number): Promise<number[]> =>
    this.#until(this.#made, volumes, withinMs);

  /** The same for when each was let go. */
  untilLetGo = (volumes: readonly string[], withinMs: number): Promise<number[]> =>
    this.#until(this.#letGo, volumes, withinMs);

  stop(): void {
    this.#stop.abort();
  }

  async #until(seenAt: Map<string, number>, volumes: readonly string[], withinMs: number): Promise<number[]> {
    const deadline = performance.now() + withinMs;
    for (let seen = 0; ; ) {
      while (seen < volumes.length && seenAt.has(volumes[seen] ?? '')) seen += 1;
      if (seen === volumes.length) return volumes.map((name) => seenAt.get(name) ?? Number.NaN);
      if (this.#failure !== undefined) throw this.#failure;
      if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${volumes[seen]} and others`);
      await sleep(1);
    }
  }

  async #watch(api: Api, since: string): Promise<void> {
    for await (const news of follow(api, path, { since, listed: 'metadata', signal: this.#stop.signal })) {
      if (news.type !== 'LISTED') {
        this.#note(news.type, news.object);
        continue;
      }
      const there = new Set(news.objects.map(({ metadata }) => metadata.name));
      for (const name of this.#made.keys()) if (!there.has(name)) noteFirst(this.#letGo, name);
      for (const object of news.objects) this.#note('ADDED', object);
    }
  }

  #note(type: string, object: Json): void {
    if (type === 'ADDED') noteFirst(this.#made, object.metadata.name);
    if (isLetGo(type, object)) noteFirst(this.#letGo, object.metadata.name);
  }
}

function noteFirst(seenAt: Map<string, number>, name: string): void {
  if (!seenAt.has(name)) seenAt.set(name, performance.now());
}

function isLetGo(type: string, { metadata }: Json): boolean {
  if (type === 'DELETED') return true;
  return metadata.deletionTimestamp !== undefined && !metadata.finalizers?.includes(finalizer);
}
