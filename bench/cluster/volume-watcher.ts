import { finalizer } from '../../src/model/names.ts';
import type { Api, Json } from '../../test/support/api.ts';
import { Sightings } from './sightings.ts';

const path = '/api/v1/persistentvolumes';
const metadataAlone = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** Notes when each volume is first seen, and when its provisioner has let it go, by a client that watches. */
export class VolumeWatcher {
  readonly #made = new Sightings('volumes');
  readonly #letGo = new Sightings('deleted volumes');
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
  untilSeen(volumes: readonly string[], withinMs: number): Promise<number[]> {
    return Promise.race([this.#made.until(volumes, withinMs), this.#ended]);
  }

  /**
   * When each of the volumes was first seen being deleted and without the provisioner's finalizer: what is left to do is
   * for Kubernetes' own controllers. In the order asked for; waits for those that are still to come.
   * @throws {Error} when they are not all let go in time
   */
  untilLetGo(volumes: readonly string[], withinMs: number): Promise<number[]> {
    return Promise.race([this.#letGo.until(volumes, withinMs), this.#ended]);
  }

  stop(): void {
    this.#stop.abort();
  }

  /**
   * A server may end a watch at any time, above all one that is slow to read; the next goes on from there. If that is too
   * long ago for the server, it begins again with all that is there, as every client has to.
   */
  async #watch(api: Api, since: string): Promise<never> {
    for (let resourceVersion = since; ; ) {
      const query = `watch=true&resourceVersion=${resourceVersion}`;
      for await (const { type, object } of api.watch(`${path}?${query}`, this.#stop.signal)) {
        if (type === 'ERROR') {
          if (object.code !== 410) throw new Error(`the watch for volumes: ${object.message}`);
          resourceVersion = await this.#listAnew(api);
          break;
        }
        resourceVersion = object.metadata.resourceVersion;
        this.#note(type, object);
      }
    }
  }

  /** @returns the resource version to watch from */
  async #listAnew(api: Api): Promise<string> {
    const { status, body } = await api.send('GET', path, undefined, { accept: metadataAlone });
    if (status !== 200) throw new Error(`the list of volumes: ${status} ${JSON.stringify(body)}`);
    const there = new Set(body.items.map(({ metadata }: Json) => metadata.name));
    for (const name of this.#made.names()) if (!there.has(name)) this.#letGo.note(name, performance.now());
    for (const object of body.items) this.#note('ADDED', object);
    return body.metadata.resourceVersion;
  }

  #note(type: string, object: Json): void {
    if (type === 'ADDED') this.#made.note(object.metadata.name, performance.now());
    if (isLetGo(type, object)) this.#letGo.note(object.metadata.name, performance.now());
  }
}

function isLetGo(type: string, { metadata }: Json): boolean {
  if (type === 'DELETED') return true;
  return metadata.deletionTimestamp !== undefined && !metadata.finalizers?.includes(finalizer);
}
