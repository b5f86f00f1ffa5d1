import { type FoundOnDisk, StorageError } from '../disk/port.ts';
import type { Claim } from '../model/claim.ts';
import type { Class } from '../model/class.ts';
import type { PersistentVolumeObject } from '../model/kubernetes.ts';
import type { NodeFacts } from '../model/node.ts';
import { isMadeBy, lacksIdentity, mayLieIn, type Volume } from '../model/volume.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import { type Whose, whose } from '../model/whose.ts';

/** All facts for the decision on one volume name. Those that this moment of its life does not need are undefined. */
export interface VolumeView {
  /** `pvc-<claim UID>`, or the name of a volume object that claims to be ours. */
  name: string;
  /** Whether the watch shows that the claim with the UID of the name waits for this daemon. */
  waits: boolean;
  /** The claim with the UID of the name; undefined when it is gone, or nothing depends on it. */
  claim: Claim | undefined;
  /** The claim's class, if there is one. */
  class: Class | undefined;
  /** The volume object of that name. It is not read for a claim of which nothing was begun. */
  volume: Volume | undefined;
  /** The object behind `volume`, for a change that must meet this very version. */
  object: PersistentVolumeObject | undefined;
  /** A claim that exists and that our volume, or its record, belongs to. */
  livingClaim: Claim | undefined;
  /** An error while the base directory is not proven to be the right one; undefined when the disk was not asked. */
  disk: FoundOnDisk | StorageError | undefined;
  /** Path of the base directory, which may not exist. */
  basePath: string;
  /** Set when only the journal knows the directory: neither its claim nor a volume of its name exists. */
  abandoned: { forMs: number; hasContent: boolean } | undefined;
  /** How long a directory with content is kept when it is abandoned, in milliseconds; undefined keeps it for ever. */
  abandonedGraceMs: number | undefined;
  /** How long an earlier, unanswered creation may still make the volume, in milliseconds; 0 when none can. */
  inDoubtForMs: number;
  /** Why this node cannot make volumes, although another one may. */
  trouble: Trouble | undefined;
  /** Whether the other node exists that the claim waits for; undefined when that was not asked. */
  selectedNodeExists: boolean | undefined;
  /** Whether the cluster has other nodes. Asked only if this one was selected and cannot serve the claim. */
  otherNodes: boolean;
  /** Wait before the claim's node may be given back, in milliseconds. */
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

/** The findings on the disk, if it could be asked. */
export const diskOf = ({ disk }: Pick<VolumeView, 'disk'>): FoundOnDisk | undefined =>
  disk instanceof StorageError ? undefined : disk;

export const recordOf = (view: Pick<VolumeView, 'disk'>): VolumeRecord | undefined => diskOf(view)?.record;

/** The volume object, if it says that a daemon of this node made it. */
export function volumeOfOurs(view: Pick<VolumeView, 'volume' | 'node' | 'provisionerNames'>): Volume | undefined {
  const { volume, node, provisionerNames } = view;
  return volume !== undefined && isMadeBy(volume, node.name, provisionerNames) ? volume : undefined;
}

/** Whether Events of this look belong to the claim, which has no volume yet or does not know it, and not to the volume. */
export function isAboutClaim(view: VolumeView): boolean {
  const { volume, node, provisionerNames, waits, claim } = view;
  if (volume !== undefined && lacksIdentity(volume, node.name, provisionerNames)) return false;
  return waits || (claim !== undefined && volumeOfOurs(view) === undefined);
}

export const isOfAnotherCluster = (view: Pick<VolumeView, 'disk' | 'ownCluster'>): boolean =>
  whose(recordOf(view) ?? {}, view.ownCluster) === 'anotherCluster';

/** Trash without a record, as a crash may leave it, belongs to the cluster that the label names. */
export function ownerOf(view: Pick<VolumeView, 'disk' | 'ownCluster'>): Whose {
  const disk = diskOf(view);
  return whose(disk?.record ?? disk?.baseDirectory ?? {}, view.ownCluster);
}

/** Whether the volume may use the directory of that name on this node, by its affinity, which nobody can change. */
export function mayLieHere(volume: Volume, { node, name }: Pick<VolumeView, 'node' | 'name'>): boolean {
  return (volume.hostname === undefined || volume.hostname === node.hostname) && mayLieIn(volume, name);
}

/** Whether the record is of a try on this node, and does not say that the directory stays. */
export function isBegunHere(record: VolumeRecord, { node }: Pick<VolumeView, 'node'>): boolean {
  return record.node === node.name && record.reclaimPolicy !== 'Retain';
}
