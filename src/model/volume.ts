import type { ClaimReference } from './claim.ts';
import type { PersistentVolumeObject } from './kubernetes.ts';
import { annotations, finalizer, hostnameLabel, nodeLabel, nodeLabelValue } from './names.ts';

/** The facts in a volume object. Anybody with the permission to write volumes may have forged it. */
export interface Volume {
  name: string;
  uid: string;
  provisionedBy: string | undefined;
  /** Name of the node whose daemon made it. */
  identity: string | undefined;
  /** Value of the label by which a daemon finds its volumes. */
  nodeLabel: string | undefined;
  /** The only hostname that its node affinity allows. Unlike annotations and labels, nobody can change it. */
  hostname: string | undefined;
  className: string | undefined;
  /** RFC 3339. Only the API server can set it. */
  createdAt: string | undefined;
  baseDirectoryId: string | undefined;
  /** Whether its base directory was a mount point when it was made. */
  baseDirectoryMounted: boolean;
  /** The path of its hostPath or local source. */
  path: string | undefined;
  phase: string | undefined;
  /** The message of Kubernetes about the phase. */
  statusMessage: string | undefined;
  /** The size that it was registered with, as a Kubernetes quantity. */
  capacity: string | undefined;
  reclaimPolicy: string | undefined;
  deleting: boolean;
  /** Whether our finalizer keeps the object. */
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

/** The directory that the path of a volume lies in; undefined if the path does not end with the volume's name. */
export function basePathOf({ name, path }: Pick<Volume, 'name' | 'path'>): string | undefined {
  return path?.endsWith(`/${name}`) ? path.slice(0, -name.length - 1) : undefined;
}

/** Whether Kubernetes gave up on the volume: it sets this phase when it could not delete or recycle it. */
export const isGivenUp = ({ phase, deleting }: Volume): boolean => phase === 'Failed' && !deleting;

/** Whether the volume has our label and finalizer but lacks an annotation that identifies it as ours. */
export function lacksIdentity(volume: Volume, nodeName: string, provisionerNames: readonly string[]): boolean {
  const { identity, provisionedBy } = volume;
  if (!volume.hasFinalizer || volume.nodeLabel !== nodeLabelValue(nodeName)) return false;
  if (identity !== undefined && provisionedBy !== undefined) return false; // the annotations say whose it is
  return (
    (identity ?? nodeName) === nodeName && (provisionedBy === undefined || provisionerNames.includes(provisionedBy))
  );
}

/** Whether the volume says that a daemon of this node with one of these provisioner names made it. */
export function isMadeBy(volume: Volume, nodeName: string, provisionerNames: readonly string[]): boolean {
  return (
    volume.identity === nodeName &&
    volume.provisionedBy !== undefined &&
    provisionerNames.includes(volume.provisionedBy)
  );
}

/** Whether the path of a volume, which anybody may have written, can lead into the directory of that name. */
export function mayLieIn({ path }: Volume, directory: string): boolean {
  return path?.includes(directory) ?? false;
}

/** Identifies a daemon. */
export interface Maker {
  nodeName: string;
  provisionerNames: readonly string[];
}

export type StayReason = 'NotWaitingForUs' | 'InUse';

/** Why the volume object alone shows that the volume stays; undefined when the disk has to be asked. */
export function whyStays({ reclaimPolicy, deleting, hasFinalizer, phase }: Volume): StayReason | undefined {
  if (reclaimPolicy !== 'Delete') return undefined;
  if (deleting) return hasFinalizer ? undefined : 'NotWaitingForUs';
  if (phase === 'Released' || (phase === 'Bound' && !hasFinalizer)) return undefined;
  if (phase === 'Failed' && !hasFinalizer) return undefined;
  return 'InUse';
}

/** Whether a volume, as a watch shows it, may need the daemon. A volume in quiet use costs only this check. */
export function mayNeedUs(volume: Volume, { nodeName, provisionerNames }: Maker): boolean {
  if (lacksIdentity(volume, nodeName, provisionerNames)) return true;
  if (!isMadeBy(volume, nodeName, provisionerNames)) return false;
  if (isGivenUp(volume)) return true;
  if (whyStays(volume) !== undefined) return false;
  return volume.reclaimPolicy === 'Delete' || volume.hasFinalizer;
}
