import { ApiError, type KubeApi } from '../../src/kube/kube-api.ts';
import type {
  PersistentVolumeClaimObject,
  PersistentVolumeObject,
  StorageClassObject,
} from '../../src/model/kubernetes.ts';

type Calls = Omit<KubeApi, 'createEvent' | 'repeatEvent'>;

/** The state of a cluster, and the few rules of it that the flows rely on. Tests look at the state, not at the calls. */
export class FakeKube implements Calls {
  readonly volumes = new Map<string, PersistentVolumeObject>();
  readonly claims = new Map<string, PersistentVolumeClaimObject>();
  readonly classes = new Map<string, StorageClassObject>();
  #version = 100;

  /** Puts a volume there as it is. */
  put(volume: PersistentVolumeObject): void {
    this.volumes.set(volume.metadata?.name ?? '', this.#renewed(volume));
  }

  async readClaim(namespace: string, name: string): Promise<PersistentVolumeClaimObject | undefined> {
    return this.claims.get(`${namespace}/${name}`);
  }

  async readVolume(name: string): Promise<PersistentVolumeObject | undefined> {
    return this.volumes.get(name);
  }

  async readClass(name: string): Promise<StorageClassObject | undefined> {
    return this.classes.get(name);
  }

  async createVolume(volume: PersistentVolumeObject): Promise<void> {
    const name = volume.metadata?.name ?? '';
    if (this.volumes.has(name)) throw new ApiError('AlreadyExists', `volume ${name} exists`, { status: 409 });
    this.put({
      ...volume,
      metadata: { ...volume.metadata, uid: `uid-of-${name}` },
      status: { phase: 'Pending' },
    });
  }

  async deleteVolume(name: string, uid: string): Promise<PersistentVolumeObject | undefined> {
    const volume = this.volumes.get(name);
    if (volume === undefined) return undefined;
    if (volume.metadata?.uid !== uid) throw new ApiError('Conflict', 'precondition failed: UID', { status: 409 });
    this.#keepWhileFinalized({
      ...volume,
      metadata: { ...volume.metadata, deletionTimestamp: '2026-11-22T10:00:00Z' },
    });
    return this.volumes.get(name);
  }

  async replaceFinalizers({ metadata }: PersistentVolumeObject, finalizers: string[]): Promise<void> {
    const name = metadata?.name ?? '';
    const volume = this.volumes.get(name);
    if (volume === undefined) throw new ApiError('NotFound', `no volume ${name}`, { status: 404 });
    if (volume.metadata?.resourceVersion !== metadata?.resourceVersion) {
      throw new ApiError('Conflict', 'the volume has been changed', { status: 409 });
    }
    this.#keepWhileFinalized({ ...volume, metadata: { ...volume.metadata, finalizers } });
  }

  #keepWhileFinalized(volume: PersistentVolumeObject): void {
    const { name = '', deletionTimestamp, finalizers = [] } = volume.metadata ?? {};
    if (deletionTimestamp !== undefined && finalizers.length === 0) this.volumes.delete(name);
    else this.put(volume);
  }

  #renewed(volume: PersistentVolumeObject): PersistentVolumeObject {
    this.#version += 1;
    return { ...volume, metadata: { ...volume.metadata, resourceVersion: `${this.#version}` } };
  }
}
