import { ApiError, type KubeApi, type VolumeMarks } from '../../src/kube/calls/kube-api.ts';
import type { ChangeHandler } from '../../src/kube/watch/change-handler.ts';
import { type Claim, resizeConditions, resizeInfeasible } from '../../src/model/claim.ts';
import type {
  MetadataObject,
  PersistentVolumeClaimObject,
  PersistentVolumeObject,
  StorageClassObject,
} from '../../src/model/kubernetes.ts';
import { annotations, finalizer, nodeLabel } from '../../src/model/names.ts';

type Calls = Omit<KubeApi, 'createEvent' | 'repeatEvent'>;

const isLabelled = ({ metadata }: PersistentVolumeObject): boolean => metadata?.labels?.[nodeLabel] !== undefined;

/** The state of a cluster, and the few rules of it that the flows rely on. Tests look at the state, not at the calls. */
export class FakeKube implements Calls {
  readonly volumes = new Map<string, PersistentVolumeObject>();
  readonly claims = new Map<string, PersistentVolumeClaimObject>();
  readonly classes = new Map<string, StorageClassObject>();
  clusterUid = 'cluster-a';
  /** By name. */
  readonly nodes = new Map<string, MetadataObject>([['node-a', {}]]);
  /** Is told of every change of a volume. */
  watcher: ChangeHandler<PersistentVolumeObject> | undefined;
  /** Is told of every change of a claim. */
  claimWatcher: ChangeHandler<PersistentVolumeClaimObject> | undefined;
  #version = 100;

  /** Puts a volume there as it is. */
  put(volume: PersistentVolumeObject): void {
    const renewed = this.#renewed(volume);
    this.volumes.set(volume.metadata?.name ?? '', renewed);
    this.watcher?.present(renewed);
  }

  /** Ends a volume, whatever holds it. */
  remove(volume: PersistentVolumeObject): void {
    this.volumes.delete(volume.metadata?.name ?? '');
    this.watcher?.gone(volume);
  }

  async readClaim(namespace: string, name: string): Promise<PersistentVolumeClaimObject | undefined> {
    return this.claims.get(`${namespace}/${name}`);
  }

  async readVolume(name: string): Promise<PersistentVolumeObject | undefined> {
    return this.volumes.get(name);
  }

  async *listUnlabelledVolumes(): AsyncGenerator<MetadataObject> {
    for (const volume of this.volumes.values()) if (!isLabelled(volume)) yield { metadata: volume.metadata ?? {} };
  }

  async labelVolume({ metadata }: PersistentVolumeObject, marks: VolumeMarks): Promise<void> {
    const volume = this.volumes.get(metadata?.name ?? '');
    if (volume === undefined) throw new ApiError('NotFound', `no volume ${metadata?.name}`, { status: 404 });
    this.#prove('UID', volume.metadata?.uid === metadata?.uid);
    this.put({
      ...volume,
      metadata: {
        ...volume.metadata,
        labels: { ...volume.metadata?.labels, ...marks.labels },
        annotations: { ...volume.metadata?.annotations, ...marks.annotations },
      },
    });
  }

  async readClass(name: string): Promise<StorageClassObject | undefined> {
    return this.classes.get(name);
  }

  async readNode(name: string): Promise<MetadataObject | undefined> {
    return this.nodes.get(name);
  }

  async hasSeveralNodes(): Promise<boolean> {
    return this.nodes.size > 1;
  }

  async growVolume({ metadata, spec }: PersistentVolumeObject, capacity: string): Promise<void> {
    const volume = this.volumes.get(metadata?.name ?? '');
    this.#prove('UID', volume?.metadata?.uid === metadata?.uid);
    this.#prove('ResourceVersion', volume?.metadata?.resourceVersion === metadata?.resourceVersion);
    this.put({ ...volume, spec: { ...spec, capacity: { storage: capacity } } });
  }

  async endResize(claim: Claim, capacity: string): Promise<void> {
    this.#setStatus(claim, {
      capacity: { storage: capacity },
      ...(claim.resize.allocated !== undefined && { allocatedResources: { storage: capacity } }),
    });
  }

  async refuseResize(claim: Claim, { reason, message }: { reason: string; message: string }): Promise<void> {
    this.#setStatus(claim, {
      ...this.claims.get(`${claim.namespace}/${claim.name}`)?.status,
      allocatedResourceStatuses: { storage: resizeInfeasible },
      conditions: [{ type: resizeConditions.error, status: 'True', reason, message }],
    });
  }

  async giveNodeBack({ namespace, name, uid, resourceVersion = '' }: Claim): Promise<void> {
    const key = `${namespace}/${name}`;
    const claim = this.claims.get(key);
    const { metadata } = claim ?? {};
    this.#prove('version', metadata?.uid === uid && (metadata?.resourceVersion ?? '') === resourceVersion);
    const { [annotations.selectedNode]: _, ...others } = metadata?.annotations ?? {};
    const changed = { ...claim, metadata: { ...metadata, annotations: others } };
    this.claims.set(key, changed);
    this.claimWatcher?.present(changed);
  }

  async *listVolumesOfNode(nodeName: string): AsyncGenerator<MetadataObject> {
    for (const { metadata } of this.volumes.values()) {
      if (metadata?.labels?.[nodeLabel] === nodeName) yield { metadata };
    }
  }

  async *listVolumes(): AsyncGenerator<PersistentVolumeObject> {
    yield* this.volumes.values();
  }

  async readClusterUid(): Promise<string> {
    return this.clusterUid;
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

  async deleteVolume({ metadata }: PersistentVolumeObject): Promise<void> {
    const volume = this.volumes.get(metadata?.name ?? '');
    if (volume === undefined) throw new ApiError('Conflict', `no volume ${metadata?.name}`, { status: 404 });
    this.#prove('UID', volume.metadata?.uid === metadata?.uid);
    this.#prove('ResourceVersion', volume.metadata?.resourceVersion === metadata?.resourceVersion);
    this.#keepWhileFinalized({
      ...volume,
      metadata: { ...volume.metadata, deletionTimestamp: '2026-11-22T10:00:00Z' },
    });
  }

  async addFinalizer({ metadata }: PersistentVolumeObject): Promise<void> {
    const volume = this.volumes.get(metadata?.name ?? '');
    if (volume === undefined) throw new ApiError('NotFound', `no volume ${metadata?.name}`, { status: 404 });
    this.#prove('UID', volume.metadata?.uid === metadata?.uid);
    if (volume.metadata?.deletionTimestamp !== undefined) {
      throw new ApiError('Invalid', 'no new finalizers can be added if the object is being deleted', { status: 422 });
    }
    const others = finalizersOf(volume).filter((name) => name !== finalizer);
    this.put({ ...volume, metadata: { ...volume.metadata, finalizers: [...others, finalizer] } });
  }

  async removeFinalizer({ metadata }: PersistentVolumeObject): Promise<void> {
    const volume = this.volumes.get(metadata?.name ?? '');
    if (volume === undefined) return;
    this.#prove('UID', volume.metadata?.uid === metadata?.uid);
    const finalizers = finalizersOf(volume).filter((name) => name !== finalizer);
    this.#keepWhileFinalized({ ...volume, metadata: { ...volume.metadata, finalizers } });
  }

  #setStatus(
    { namespace, name, uid, resourceVersion }: Claim,
    status: PersistentVolumeClaimObject['status'] & {},
  ): void {
    const key = `${namespace}/${name}`;
    const claim = this.claims.get(key);
    const { metadata: before } = claim ?? {};
    this.#prove('version', before?.uid === uid && (before?.resourceVersion ?? '') === resourceVersion);
    this.#version += 1;
    const metadata = { ...before, resourceVersion: `${this.#version}` };
    const changed = { ...claim, metadata, status: { phase: 'Bound', ...status } };
    this.claims.set(key, changed);
    this.claimWatcher?.present(changed);
  }

  #prove(precondition: string, holds: boolean): void {
    if (!holds) throw new ApiError('Conflict', `precondition failed: ${precondition}`, { status: 409 });
  }

  #keepWhileFinalized(volume: PersistentVolumeObject): void {
    const gone = volume.metadata?.deletionTimestamp !== undefined && finalizersOf(volume).length === 0;
    if (gone) this.remove(volume);
    else this.put(volume);
  }

  #renewed(volume: PersistentVolumeObject): PersistentVolumeObject {
    this.#version += 1;
    return { ...volume, metadata: { ...volume.metadata, resourceVersion: `${this.#version}` } };
  }
}

const finalizersOf = ({ metadata }: PersistentVolumeObject): string[] => metadata?.finalizers ?? [];
