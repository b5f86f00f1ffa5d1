import type { ObjectMeta, PersistentVolumeClaimObject } from './kubernetes.ts';
import { annotations } from './names.ts';

/** Identifies a claim. A claim that is created again under the same name has another UID. */
export interface ClaimReference {
  namespace: string;
  name: string;
  uid: string;
}

/** The claim in texts for users. */
export const shownClaim = ({ namespace, name }: Omit<ClaimReference, 'uid'>): string => `${namespace}/${name}`;

/** The facts of a claim that the daemon needs. */
export interface Claim extends ClaimReference {
  /** The version of the object, for a change that must meet this very version. */
  resourceVersion: string;
  /** The provisioner that Kubernetes asks to act; undefined before it asks one. */
  provisioner: string | undefined;
  selectedNode: string | undefined;
  deleting: boolean;
  /** Whether Kubernetes says that the claim has its volume. */
  bound: boolean;
  /** Set once the claim is bound, or from the start when the user chose a volume. */
  volumeName: string | undefined;
  className: string | undefined;
  accessModes: string[];
  volumeMode: string;
  /** The requested size, as written: a Kubernetes quantity such as `1Gi`. */
  requestedStorage: string;
  /** The size that Kubernetes says the bound claim has, as a Kubernetes quantity. */
  capacity: string | undefined;
  hasSelector: boolean;
  /** Name of a VolumeAttributesClass. */
  attributesClass: string | undefined;
  /** Kind and name of the source of the volume's content, such as `VolumeSnapshot/daily`. */
  dataSource: string | undefined;
}

/** Reads a claim. The GA annotation of the provisioner wins over the beta one (LIB controller.go, `shouldProvision`). */
export function claimOf({ metadata, spec = {}, status }: PersistentVolumeClaimObject): Claim {
  const found = metadata?.annotations ?? {};
  const source = spec.dataSourceRef ?? spec.dataSource;
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    provisioner: provisionerOf(metadata),
    selectedNode: found[annotations.selectedNode] || undefined,
    deleting: metadata?.deletionTimestamp !== undefined,
    bound: found[annotations.bindCompleted] !== undefined,
    volumeName: spec.volumeName || undefined,
    // An empty name means "no class".
    className: (found[annotations.betaStorageClass] ?? spec.storageClassName) || undefined,
    accessModes: spec.accessModes ?? [],
    volumeMode: spec.volumeMode ?? 'Filesystem',
    requestedStorage: spec.resources?.requests?.storage ?? '',
    capacity: status?.capacity?.storage,
    hasSelector: spec.selector !== undefined,
    attributesClass: spec.volumeAttributesClassName || undefined,
    dataSource: source === undefined ? undefined : `${source.kind}/${source.name}`,
  };
}

export function provisionerOf(metadata: ObjectMeta | undefined): string | undefined {
  const found = metadata?.annotations ?? {};
  return found[annotations.storageProvisioner] ?? found[annotations.betaStorageProvisioner];
}

/** All facts that decisions read of a claim, as a text that changes with them only. */
export function decisiveWords({ resourceVersion: _, ...claim }: Claim): string {
  return JSON.stringify(claim);
}
