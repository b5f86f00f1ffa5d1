/**
 * The persistent volume controller of kube-controller-manager: binds claims to volumes, tells external provisioners of
 * claims that wait for them, and releases volumes. Named after the steps of pv_controller.go.
 */

import { classNameOf, defaultClassName } from '../objects/admission.ts';
import { type KubeObject, keyOf } from '../objects/object.ts';
import type { Registry, UpdateOptions } from '../objects/registry.ts';
import { claims, classes, type Resource, volumes } from '../objects/resources.ts';
import type { Change } from '../store/collection.ts';
import type { Store } from '../store/store.ts';
import type { Controller } from './controller.ts';
import { EventRecorder } from './event-recorder.ts';
import { VolumeIndex } from './volume-index.ts';
import { canServe, claimKeyOf, isBoundTo, isOffered, mismatch, sameVolumeMode, tightest } from './volume-matching.ts';
import { WorkQueue } from './work-queue.ts';

const bindCompleted = 'pv.kubernetes.io/bind-completed';
const boundByController = 'pv.kubernetes.io/bound-by-controller';
const provisionedBy = 'pv.kubernetes.io/provisioned-by';
const selectedNode = 'volume.kubernetes.io/selected-node';
const storageProvisioner = 'volume.kubernetes.io/storage-provisioner';
const betaStorageProvisioner = 'volume.beta.kubernetes.io/storage-provisioner';

export class Binder implements Controller {
  readonly #registry: Registry;
  readonly #store: Store;
  readonly #recorder: EventRecorder;
  readonly #volumeIndex: VolumeIndex;
  readonly #claims = new WorkQueue((key) => this.#syncClaim(key));
  readonly #volumes = new WorkQueue((key) => this.#syncVolume(key));
  readonly #resyncIntervalMs: number;
  #resyncTimer: NodeJS.Timeout | undefined;
  /** Set while the binder writes: it knows what it has written. */
  #writing = false;

  constructor(registry: Registry, resyncIntervalMs: number) {
    this.#registry = registry;
    this.#store = registry.store;
    this.#recorder = new EventRecorder(registry, 'persistentvolume-controller');
    this.#volumeIndex = new VolumeIndex(this.#store);
    this.#resyncIntervalMs = resyncIntervalMs;
  }

  start(): void {
    this.#volumeIndex.start();
    this.#store.collection(claims).listeners.add((change) => this.#claimChanged(change));
    this.#store.collection(volumes).listeners.add((change) => this.#volumeChanged(change));
    this.#store.collection(classes).listeners.add(() => this.#lookAtPendingClaims());
    this.#resyncTimer = setInterval(() => this.#resync(), this.#resyncIntervalMs);
  }

  stop(): void {
    clearInterval(this.#resyncTimer);
    this.#claims.stop();
    this.#volumes.stop();
  }

  #claimChanged({ type, key }: Change): void {
    if (this.#writing) return;
    if (type === 'DELETED') for (const { metadata } of this.#volumeIndex.of(key)) this.#volumes.add(metadata.name);
    else this.#claims.add(key);
  }

  #volumeChanged({ type, key, before }: Change): void {
    if (this.#writing) return;
    const claimKey = before && claimKeyOf(before.object);
    if (type !== 'DELETED') this.#volumes.add(key);
    else if (claimKey !== undefined) this.#claims.add(claimKey);
  }

  #resync(): void {
    for (const { object } of this.#store.collection(volumes).range('')) this.#volumes.add(keyOf(object.metadata));
    for (const { object } of this.#store.collection(claims).range('')) this.#claims.add(keyOf(object.metadata));
  }

  #lookAtPendingClaims(): void {
    for (const { object } of this.#store.collection(claims).range('')) {
      if (object.status?.phase === 'Pending') this.#claims.add(keyOf(object.metadata));
    }
  }

  #syncClaim(key: string): void {
    const claim = this.#store.get(claims, key)?.object;
    if (claim === undefined) return;
    if (claim.metadata.annotations?.[bindCompleted] !== undefined) this.#syncBoundClaim(claim);
    else if (claim.spec.volumeName === undefined) this.#syncUnboundClaim(claim);
    else this.#syncClaimWithVolumeName(claim);
  }

  #syncUnboundClaim(claim: KubeObject): void {
    const storageClass = this.#store.get(classes, classNameOf(claim) ?? '')?.object;
    const waits = storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
    const volume = this.#findVolume(claim, waits);
    if (volume !== undefined) this.#bind(volume, claim);
    else if (!this.#assignDefaultClass(claim)) this.#askForVolume(claim, storageClass, waits);
  }

  #askForVolume(claim: KubeObject, storageClass: KubeObject | undefined, waits: boolean): void {
    if (waits && claim.metadata.annotations?.[selectedNode] === undefined) {
      const message = 'waiting for first consumer to be created before binding';
      this.#recorder.send(claims, claim, 'Normal', 'WaitForFirstConsumer', message);
    } else if (classNameOf(claim)) {
      this.#provision(claim, storageClass);
    } else {
      const message = 'no persistent volumes available for this claim and no storage class is set';
      this.#recorder.send(claims, claim, 'Normal', 'FailedBinding', message);
    }
  }

  /** A volume that names the claim, else the tightest one on offer; which is the scheduler's to choose when it waits. */
  #findVolume(claim: KubeObject, waits: boolean): KubeObject | undefined {
    const reserved = this.#volumeIndex.of(keyOf(claim.metadata));
    const own = reserved.find((volume) => isBoundTo(volume, claim) && canServe(volume, claim));
    if (own !== undefined || waits) return own;
    return tightest(this.#volumeIndex.unclaimed().filter((volume) => isOffered(volume, claim)));
  }

  #assignDefaultClass(claim: KubeObject): boolean {
    if (classNameOf(claim) !== undefined) return false;
    const storageClassName = defaultClassName(this.#store);
    if (storageClassName === undefined) return false;
    const key = keyOf(claim.metadata);
    this.#write(claims, key, (current) => ({ ...current, spec: { ...current.spec, storageClassName } }));
    this.#claims.add(key);
    return true;
  }

  /** Leaves the claim to its external provisioner, and says so. */
  #provision(claim: KubeObject, storageClass: KubeObject | undefined): void {
    const failed = (message: string) => this.#recorder.send(claims, claim, 'Warning', 'ProvisioningFailed', message);
    const provisioner: string | undefined = storageClass?.provisioner;
    if (provisioner === undefined) failed(`storageclass.storage.k8s.io "${classNameOf(claim)}" not found`);
    else if (provisioner.startsWith('kubernetes.io/')) failed(`no volume plugin matched name: ${provisioner}`);
    else this.#waitForProvisioner(claim, provisioner);
  }

  #waitForProvisioner(claim: KubeObject, provisioner: string): void {
    const annotated = this.#write(claims, keyOf(claim.metadata), (current) =>
      withAnnotations(current, { [betaStorageProvisioner]: provisioner, [storageProvisioner]: provisioner }),
    );
    const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
    this.#recorder.send(claims, annotated, 'Normal', 'ExternalProvisioning', message);
  }

  #syncClaimWithVolumeName(claim: KubeObject): void {
    const volume = this.#store.get(volumes, claim.spec.volumeName)?.object;
    if (volume === undefined) return;
    const { name } = volume.metadata;
    const refuse = (reason: string, message: string) => this.#recorder.send(claims, claim, 'Warning', reason, message);
    const isFree = volume.spec.claimRef === undefined;
    const problem = isFree ? mismatch(volume, claim) : undefined;
    if (problem !== undefined) refuse('VolumeMismatch', `Cannot bind to requested volume "${name}": ${problem}`);
    else if (isFree || isBoundTo(volume, claim)) this.#bind(volume, claim);
    else refuse('FailedBinding', `volume "${name}" already bound to a different claim.`);
  }

  #syncBoundClaim(claim: KubeObject): void {
    const { volumeName } = claim.spec;
    const volume = volumeName && this.#store.get(volumes, volumeName)?.object;
    if (!volumeName) {
      this.#lose(claim, 'ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
    } else if (volume === undefined) {
      this.#lose(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
    } else if (volume.spec.claimRef === undefined || volume.spec.claimRef.uid === claim.metadata.uid) {
      this.#bind(volume, claim);
    } else {
      const message = 'Two claims are bound to the same volume, this one is bound incorrectly';
      this.#lose(claim, 'ClaimMisbound', message);
    }
  }

  #lose(claim: KubeObject, reason: string, message: string): void {
    if (claim.status.phase === 'Lost') return;
    const { accessModes: _, capacity: __, ...status } = claim.status;
    const lost = this.#writeStatus(claims, claim, { ...status, phase: 'Lost' });
    this.#recorder.send(claims, lost, 'Warning', reason, message);
  }

  /** Volume first, then claim; each its `spec`, then its status. What is there already is not written again. */
  #bind(volume: KubeObject, claim: KubeObject): void {
    const bound = this.#write(volumes, volume.metadata.name, (current) => withClaim(current, claim));
    this.#setPhase(bound, 'Bound');
    const completed = this.#write(claims, keyOf(claim.metadata), (current) => withVolume(current, volume));
    const { accessModes, capacity } = bound.spec;
    const isNew = completed.status.phase !== 'Bound';
    this.#writeStatus(claims, completed, {
      ...completed.status,
      phase: 'Bound',
      accessModes,
      ...(isNew && { capacity }),
    });
  }

  #syncVolume(name: string): void {
    const volume = this.#store.get(volumes, name)?.object;
    if (volume === undefined) return;
    const { claimRef } = volume.spec;
    const claim = this.#store.get(claims, claimKeyOf(volume) ?? '')?.object;
    if (claimRef?.uid === undefined) this.#offer(volume);
    else if (claim?.metadata.uid !== claimRef.uid) this.#release(volume);
    else this.#syncClaimedVolume(volume, claim as KubeObject);
  }

  #syncClaimedVolume(volume: KubeObject, claim: KubeObject): void {
    const { name } = volume.metadata;
    const { volumeName } = claim.spec;
    if (volumeName === undefined) this.#bindFromVolume(volume, claim);
    else if (volumeName === name) this.#setPhase(volume, 'Bound');
    else if (isProvisioned(volume) && volume.spec.persistentVolumeReclaimPolicy === 'Delete') this.#release(volume);
    else this.#unbind(volume);
  }

  #offer(volume: KubeObject): void {
    this.#setPhase(volume, 'Available');
    this.#lookAtPendingClaims();
  }

  #bindFromVolume(volume: KubeObject, claim: KubeObject): void {
    if (sameVolumeMode(volume, claim)) {
      this.#claims.add(keyOf(claim.metadata));
      return;
    }
    const { name } = volume.metadata;
    const toVolume = `Cannot bind PersistentVolume to requested PersistentVolumeClaim "${claim.metadata.name}" due to incompatible volumeMode.`;
    const toClaim = `Cannot bind PersistentVolume "${name}" to requested PersistentVolumeClaim due to incompatible volumeMode.`;
    this.#recorder.send(volumes, volume, 'Warning', 'VolumeMismatch', toVolume);
    this.#recorder.send(claims, claim, 'Warning', 'VolumeMismatch', toClaim);
  }

  /** The claim is gone. Whoever provisioned the volume deletes it; what nobody did is the controller's own to delete. */
  #release(volume: KubeObject): void {
    const { phase } = volume.status;
    if (phase === 'Failed') return;
    const released = phase === 'Released' ? volume : this.#setPhase(volume, 'Released');
    if (volume.spec.persistentVolumeReclaimPolicy === 'Delete' && !isProvisioned(volume)) this.#reclaim(released);
  }

  #reclaim(volume: KubeObject): void {
    const problem = deleterProblem(volume);
    if (problem === undefined) {
      this.#registry.delete(volumes, volume.metadata.name);
    } else {
      const failed = this.#setPhase(volume, 'Failed', problem);
      this.#recorder.send(volumes, failed, 'Warning', 'VolumeFailedDelete', problem);
    }
  }

  #unbind(volume: KubeObject): void {
    const unbound = this.#write(volumes, volume.metadata.name, withoutClaim);
    this.#setPhase(unbound, 'Available');
  }

  #setPhase(volume: KubeObject, phase: string, message?: string): KubeObject {
    if (volume.status?.phase === phase) return volume;
    const { message: _, ...status } = volume.status ?? {};
    return this.#writeStatus(volumes, volume, { ...status, phase, ...(message !== undefined && { message }) });
  }

  #writeStatus(resource: Resource, object: KubeObject, status: object): KubeObject {
    const change = (current: KubeObject) => ({ ...current, status });
    return this.#write(resource, keyOf(object.metadata), change, { subresource: 'status' });
  }

  #write(
    resource: Resource,
    key: string,
    change: (current: KubeObject) => KubeObject,
    options: UpdateOptions = {},
  ): KubeObject {
    this.#writing = true;
    try {
      return this.#registry.update(resource, key, change, options).object;
    } finally {
      this.#writing = false;
    }
  }
}

const isProvisioned = ({ metadata, spec }: KubeObject): boolean =>
  Boolean(metadata.annotations?.[provisionedBy]) || spec.csi !== undefined;

/** Why the deleters that are built in cannot delete the volume. The real one for host paths empties the disk as well. */
function deleterProblem({ metadata, spec }: KubeObject): string | undefined {
  if (spec.hostPath === undefined) {
    return `error getting deleter volume plugin for volume "${metadata.name}": no deletable volume plugin matched`;
  }
  const { path } = spec.hostPath;
  return /^\/tmp\/./.test(path) ? undefined : `host_path deleter only supports /tmp/.+ but received provided ${path}`;
}

function withAnnotations(object: KubeObject, annotations: Record<string, string>): KubeObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}

/** A volume that did not name the claim before says that the controller chose it. */
function withClaim(volume: KubeObject, claim: KubeObject): KubeObject {
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  if (volume.spec.claimRef?.uid === uid) return volume;
  const claimRef = { kind: 'PersistentVolumeClaim', namespace, name, uid, apiVersion: 'v1', resourceVersion };
  const bound = { ...volume, spec: { ...volume.spec, claimRef } };
  return isBoundTo(volume, claim) ? bound : withAnnotations(bound, { [boundByController]: 'yes' });
}

function withVolume(claim: KubeObject, { metadata: { name } }: KubeObject): KubeObject {
  if (claim.spec.volumeName === name) return withAnnotations(claim, { [bindCompleted]: 'yes' });
  const bound = { ...claim, spec: { ...claim.spec, volumeName: name } };
  return withAnnotations(bound, { [bindCompleted]: 'yes', [boundByController]: 'yes' });
}

function withoutClaim(volume: KubeObject): KubeObject {
  const { claimRef, ...spec } = volume.spec;
  const { annotations = {}, ...metadata } = volume.metadata;
  const { [boundByController]: byController, ...others } = annotations;
  if (byController === undefined) {
    const { uid: _, ...reservation } = claimRef;
    return { ...volume, spec: { ...spec, claimRef: reservation } };
  }
  const left = Object.keys(others).length > 0 ? { annotations: others } : {};
  return { ...volume, metadata: { ...metadata, ...left }, spec };
}
