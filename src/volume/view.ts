import { type FoundOnDisk, StorageError } from '../disk/port.ts';
import type { Claim } from '../model/claim.ts';
import type { Class } from '../model/class.ts';
import type { PersistentVolumeObject } from '../model/kubernetes.ts';
import type { NodeFacts } from '../model/node.ts';
import { isMadeBy, lacksIdentity, mayLieIn, type Volume } from '../model/volume.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import { type Whose, whose } from '../model/whose.ts';

/** Everything that the decision on one volume name needs, as it was at one moment. What this moment of its life does not need is undefined. */
export interface VolumeView {
  /** `pvc-<claim UID>`, or the name of a volume object that claims to be ours. */
  name: string;
  /** Whether the claim with the UID of the name waits for this daemon, by the watch's word. */
  waits: boolean;
  /** The claim with the UID of the name; undefined when it is gone, or nothing depends on it. */
  claim: Claim | undefined;
  /** The claim's class, if there is one. */
  class: Class | undefined;
  /** The volume object of that name. Not read for a claim of which nothing was begun: there is none, or the API server refuses ours. */
  volume: Volume | undefined;
  /** The object behind `volume`, for a change that must meet this very version. */
  object: PersistentVolumeObject | undefined;
  /** A claim that exists and that the volume of ours, or its record, belongs to. */
  livingClaim: Claim | undefined;
  /** An error when the base directory cannot be proven to be the right one: then nothing is known to be missing. Undefined when the disk was not asked, because the journal knows nothing of the name. */
  disk: FoundOnDisk | StorageError | undefined;
  /** Where the base directory is, or is to be. */
  basePath: string;
  /** Set when the journal alone knows of a directory: neither its claim nor a volume of its name exists. */
  abandoned: { forMs: number; hasContent: boolean } | undefined;
  /** How long a directory with content is kept when it is abandoned, in milliseconds; undefined keeps it for ever. */
  abandonedGraceMs: number | undefined;
  /** How long a volume may still come of an earlier try that was not answered, in milliseconds; 0 when none can. */
  inDoubtForMs: number;
  /** Why this node cannot make volumes, although another one may. */
  trouble: Trouble | undefined;
  /** Whether the node exists that the claim waits for instead of this one; undefined when that was not asked. */
  selectedNodeExists: boolean | undefined;
  /** Whether the cluster has other nodes. Asked only if this one was selected and cannot serve the claim. */
  otherNodes: boolean;
  /** How long the claim's node is not to be given back again, in milliseconds. */
  giveBackWaitMs: number;
  node: NodeFacts;
  provisionerNames: readonly string[];
  /** UID of this cluster's namespace kube-system; undefined while it could not be read. */
  ownCluster: string | undefined;
  now: Date;
}

/** A reason, and what to do, in words for the user. */
export interface Trouble {
  reason: string;
  message: string;
}

export const recordOf = ({ disk }: Pick<VolumeView, 'disk'>): VolumeRecord | undefined =>
  disk instanceof StorageError ? undefined : disk?.record;

/** What the disk has of the volume, if it could be asked. */
export const diskOf = ({ disk }: Pick<VolumeView, 'disk'>): FoundOnDisk | undefined =>
  disk instanceof StorageError ? undefined : disk;

/** The volume object, if a daemon of this node made it by its own word. */
export function volumeOfOurs({ volume, node, provisionerNames }: VolumeView): Volume | undefined {
  return volume !== undefined && isMadeBy(volume, node.name, provisionerNames) ? volume : undefined;
}

/**
 * Whether the look is about the claim, which has no volume yet or does not know it, rather than about the volume: an Event
 * then belongs to the claim.
 */
export function isAboutClaim(view: VolumeView): boolean {
  const { volume, node, provisionerNames, waits, claim } = view;
  if (volume !== undefined && lacksIdentity(volume, node.name, provisionerNames)) return false;
  return waits || (claim !== undefined && volumeOfOurs(view) === undefined);
}

export const isOfAnotherCluster = (view: Pick<VolumeView, 'disk' | 'ownCluster'>): boolean => {
  const record = recordOf(view);
  return record !== undefined && whose(record, view.ownCluster) === 'anotherCluster';
};

/** A crash may have left trash without a record: it is then of the cluster that fills the base directory. */
export function ownerOf(view: Pick<VolumeView, 'disk' | 'ownCluster'>): Whose {
  const disk = diskOf(view);
  return whose(disk?.record ?? disk?.baseDirectory ?? {}, view.ownCluster);
}

/**
 * Whether the directory of a volume of that name may be the one on this node. Its affinity tells, which nobody can change;
 * annotations may have been edited since.
 */
export function mayLieHere(volume: Volume, { node, name }: Pick<VolumeView, 'node' | 'name'>): boolean {
  return (volume.hostname === undefined || volume.hostname === node.hostname) && mayLieIn(volume, name);
}

/** Whether the journal says that a try of this node was begun, and nothing says that its directory is to stay. */
export function isBegunHere(record: VolumeRecord, { node }: Pick<VolumeView, 'node'>): boolean {
  return record.node === node.name && record.reclaimPolicy !== 'Retain';
}
