import type { MetadataObject, PersistentVolumeClaimObject } from './kubernetes.ts';
import { annotations } from './names.ts';

/** Which claim: enough to read it and to know that it is still the same one. */
export interface ClaimReference {
  namespace: string;
  name: string;
  uid: string;
}

/** What a claim's metadata tells, which is all that is watched. */
export interface PendingClaim extends ClaimReference {
  /** The provisioner that Kubernetes asks to act, or undefined before it has asked anybody. */
  provisioner: string | undefined;
  selectedNode: string | undefined;
}

/** What provisioning needs to know of a claim. */
export interface Claim extends PendingClaim {
  deleting: boolean;
  /** Set once the claim is bound, or from the start when the user chose a volume. */
  volumeName: string | undefined;
  className: string | undefined;
  accessModes: string[];
  volumeMode: string;
  /** The size asked for, as written: a Kubernetes quantity such as `1Gi`. */
  requestedStorage: string;
  hasSelector: boolean;
  /** Kind and name of what the volume is to be filled from, such as `VolumeSnapshot/daily`. */
  dataSource: string | undefined;
}

function referenceOf({ metadata }: MetadataObject): ClaimReference {
  return { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '', uid: metadata?.uid ?? '' };
}

/** Reads a claim's metadata. The GA annotation wins over the beta one (LIB controller.go, `shouldProvision`). */
export function pendingClaimOf(object: MetadataObject): PendingClaim {
  const found = object.metadata?.annotations ?? {};
  return {
    ...referenceOf(object),
    provisioner: found[annotations.storageProvisioner] ?? found[annotations.betaStorageProvisioner],
    selectedNode: found[annotations.selectedNode] || undefined,
  };
}

/** All that decisions read of a claim's metadata, in words: a change of anything else is none for them. */
export function decisiveWords({ metadata }: MetadataObject): string {
  const { annotations: found = {}, deletionTimestamp } = metadata ?? {};
  const { storageProvisioner, betaStorageProvisioner, betaStorageClass, selectedNode } = annotations;
  const names = [storageProvisioner, betaStorageProvisioner, betaStorageClass, selectedNode];
  return JSON.stringify([...names.map((name) => found[name]), deletionTimestamp]);
}

export function isWhole(claim: PendingClaim): claim is Claim {
  return 'accessModes' in claim;
}

/** Whether the claim's metadata says that it has its volume. */
export function isBound({ metadata }: MetadataObject): boolean {
  return metadata?.annotations?.[annotations.bindCompleted] !== undefined;
}

export function claimOf(object: PersistentVolumeClaimObject): Claim {
  const spec = object.spec ?? {};
  const source = spec.dataSourceRef ?? spec.dataSource;
  return {
    ...pendingClaimOf(object),
    deleting: object.metadata?.deletionTimestamp !== undefined,
    volumeName: spec.volumeName || undefined,
    // An empty name means "no class".
    className: (object.metadata?.annotations?.[annotations.betaStorageClass] ?? spec.storageClassName) || undefined,
    accessModes: spec.accessModes ?? [],
    volumeMode: spec.volumeMode ?? 'Filesystem',
    requestedStorage: spec.resources?.requests?.storage ?? '',
    hasSelector: spec.selector !== undefined,
    dataSource: source === undefined ? undefined : `${source.kind}/${source.name}`,
  };
}
