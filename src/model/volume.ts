import type { ClaimReference } from './claim.ts';
import type { PersistentVolumeObject } from './kubernetes.ts';
import { annotations, finalizer, hostnameLabel, nodeLabel, nodeLabelValue } from './names.ts';

/** What a volume object says of itself. Anybody with the right to write volumes may have written it: nothing is assumed. */
export interface Volume {
  name: string;
  uid: string;
  provisionedBy: string | undefined;
  /** Name of the node whose daemon made it. */
  identity: string | undefined;
  /** Value of the label by which a daemon finds its volumes. */
  nodeLabel: string | undefined;
  /** The only hostname that its node affinity allows. Kubernetes lets nobody change it, unlike annotations and labels. */
  hostname: string | undefined;
  className: string | undefined;
  /** RFC 3339, set by the API server, which lets nobody choose it. */
  createdAt: string | undefined;
  baseDirectoryId: string | undefined;
  /** Whether its base directory was a mount point when it was made. */
  baseDirectoryMounted: boolean;
  /** The path in it, of either volume type. */
  path: string | undefined;
  phase: string | undefined;
  /** What Kubernetes says about the phase, if anything. */
  statusMessage: string | undefined;
  /** The size that it was registered with, as a Kubernetes quantity. */
  capacity: string | undefined;
  reclaimPolicy: string | undefined;
  deleting: boolean;
  /** Whether Kubernetes waits for us before it lets the volume go. */
  hasFinalizer: boolean;
  claim: ClaimReference | undefined;
}

export function volumeOf({ metadata, spec, status }: PersistentVolumeObject): Volume {
  const reference = spec?.claimRef;
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    provisionedBy: metadata?.annotations?.[annotations.provisionedBy],
    identity: metadata?.annotations?.[annotations.identity],
    nodeLabel: metadata?.labels?.[nodeLabel],
    hostname: hostnameOf(spec?.nodeAffinity),
    className: spec?.storageClassName,
    createdAt: metadata?.creationTimestamp,
    baseDirectoryId: metadata?.annotations?.[annotations.baseDirectoryId],
    baseDirectoryMounted: metadata?.annotations?.[annotations.baseDirectoryMounted] === 'true',
    path: spec?.hostPath?.path ?? spec?.local?.path,
    phase: status?.phase,
    statusMessage: status?.message || undefined,
    capacity: spec?.capacity?.storage,
    reclaimPolicy: spec?.persistentVolumeReclaimPolicy,
    deleting: Boolean(metadata?.deletionTimestamp),
    hasFinalizer: metadata?.finalizers?.includes(finalizer) ?? false,
    claim: reference
      ? { namespace: reference.namespace ?? '', name: reference.name ?? '', uid: reference.uid ?? '' }
      : undefined,
  };
}

function hostnameOf(affinity: NonNullable<PersistentVolumeObject['spec']>['nodeAffinity']): string | undefined {
  const [term, ...otherTerms] = affinity?.required?.nodeSelectorTerms ?? [];
  const [expression, ...otherExpressions] = term?.matchExpressions ?? [];
  const [hostname, ...otherHostnames] = expression?.values ?? [];
  const alone = otherTerms.length + otherExpressions.length + otherHostnames.length === 0;
  return alone && expression?.key === hostnameLabel && expression.operator === 'In' ? hostname : undefined;
}

/** Whether Kubernetes gave up on the volume: it sets this phase when it could not delete or recycle one, and stops there. */
export const isGivenUp = ({ phase, deleting }: Volume): boolean => phase === 'Failed' && !deleting;

/**
 * Whether the volume carries our label and our finalizer, and has lost an annotation by which we know it as ours: it waits
 * for us, and nothing tells us so.
 */
export function lacksIdentity(volume: Volume, nodeName: string, provisionerNames: readonly string[]): boolean {
  const { identity, provisionedBy } = volume;
  if (!volume.hasFinalizer || volume.nodeLabel !== nodeLabelValue(nodeName)) return false;
  if (identity !== undefined && provisionedBy !== undefined) return false; // by its own word, it is ours or another's
  return (
    (identity ?? nodeName) === nodeName && (provisionedBy === undefined || provisionerNames.includes(provisionedBy))
  );
}

/** Whether a daemon on this node that serves these provisioner names made the volume, by its own word. */
export function isMadeBy(volume: Volume, nodeName: string, provisionerNames: readonly string[]): boolean {
  return (
    volume.identity === nodeName &&
    volume.provisionedBy !== undefined &&
    provisionerNames.includes(volume.provisionedBy)
  );
}

/** Whether the path of a volume leads into the directory of that name, as far as words can tell: whoever wrote it. */
export function mayLieIn({ path }: Volume, directory: string): boolean {
  return path?.includes(directory) ?? false;
}
