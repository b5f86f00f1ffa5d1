import type { ObjectMeta, PersistentVolumeClaimObject } from './kubernetes.ts';
import { annotations } from './names.ts';

/** Types of a claim's conditions that tell of its growth (core/v1 types.go). */
export const resizeConditions = { error: 'ControllerResizeError', underWay: 'Resizing' } as const;

/** Says in a claim's status that its volume cannot grow to what is asked for (core/v1 types.go). */
export const resizeInfeasible = 'ControllerResizeInfeasible';

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
  resize: Resize;
  hasSelector: boolean;
  /** Name of a VolumeAttributesClass. */
  attributesClass: string | undefined;
  /** What the content of its volume is to come from. */
  dataSource: DataSource | undefined;
}

/** What the content of a volume is to come from. */
export interface DataSource {
  kind: string;
  name: string;
  /** Empty for the core group. */
  apiGroup: string;
  /** Undefined if it is the claim's own. */
  namespace: string | undefined;
}

/** Whether the volume is to be a copy of the volume of another claim. */
export const isClone = ({ kind, apiGroup, namespace }: DataSource): boolean =>
  kind === 'PersistentVolumeClaim' && apiGroup === '' && namespace === undefined;

/** Whether the volume is to be filled by another controller, which knows the kind of the source: a volume populator (KEP-1495). */
export const isForPopulator = ({ kind, apiGroup }: DataSource): boolean =>
  apiGroup !== '' && !(apiGroup === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot');

/** What the status of a claim says about a larger size that its user asks for (KEP-1790). */
export interface Resize {
  /** The size that somebody noted as allocated for it. */
  allocated: string | undefined;
  /** `ControllerResizeInProgress` or `ControllerResizeInfeasible`. States of kubelet do not count. */
  state: string | undefined;
  /** Why the volume did not grow, by the condition `ControllerResizeError`. */
  error: string | undefined;
  /** Whether it has the condition `Resizing`. */
  underWay: boolean;
}

/** Whether the status of a claim says something about a larger size that is over once the claim has it. */
export const hasResizeMarks = ({ resize: { state, error, underWay } }: Pick<Claim, 'resize'>): boolean =>
  state !== undefined || error !== undefined || underWay;

/** Reads a claim. The GA annotation of the provisioner wins over the beta one (LIB controller.go, `shouldProvision`). */
export function claimOf({ metadata, spec = {}, status }: PersistentVolumeClaimObject): Claim {
  const found = metadata?.annotations ?? {};
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
    resize: resizeOf(status),
    hasSelector: spec.selector !== undefined,
    attributesClass: spec.volumeAttributesClassName || undefined,
    dataSource: dataSourceOf(spec, metadata?.namespace),
  };
}

/** The API server copies `dataSource` to `dataSourceRef`, and back unless that names a namespace. */
function dataSourceOf(
  { dataSource, dataSourceRef }: NonNullable<PersistentVolumeClaimObject['spec']>,
  ownNamespace: string | undefined,
): DataSource | undefined {
  const source = dataSourceRef ?? dataSource;
  if (source === undefined) return undefined;
  const { kind, name } = source;
  const apiGroup = source.apiGroup ?? ''; // the API server writes null
  const namespace = dataSourceRef?.namespace || undefined;
  return {
    kind,
    name,
    apiGroup,
    namespace: namespace === ownNamespace ? undefined : namespace,
  };
}

function resizeOf(status: PersistentVolumeClaimObject['status']): Resize {
  const state = status?.allocatedResourceStatuses?.storage;
  const condition = (type: string) => status?.conditions?.find((each) => each.type === type);
  const error = condition(resizeConditions.error);
  return {
    allocated: status?.allocatedResources?.storage,
    state: state?.startsWith('ControllerResize') ? state : undefined,
    error: error && (error.message ?? ''),
    underWay: condition(resizeConditions.underWay) !== undefined,
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
