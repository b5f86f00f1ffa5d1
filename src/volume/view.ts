import { type FoundOnDisk, type QuotaSupport, StorageError } from '../disk/port.ts';
import type { Claim } from '../model/claim.ts';
import type { Class } from '../model/class.ts';
import type { ClassParameters } from '../model/class-parameters.ts';
import type { PersistentVolumeObject } from '../model/kubernetes.ts';
import type { NodeFacts } from '../model/node.ts';
import type { Room } from '../model/room.ts';
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
  /** Name of the pool that the volume lies in; undefined when nothing was begun for it. */
  pool: string | undefined;
  /** Path of the base directory of that pool, or of the first one. It may not exist. */
  basePath: string;
  /** What other pools have of the volume: a claim was begun there, and then served here while that disk was missing. */
  strays: readonly Stray[];
  /** All pools of this node. */
  pools: readonly PoolView[];
  /** The parameters of the claim's class, or what is wrong with them. */
  parameters: ClassParameters | { problems: string[] } | undefined;
  /** The claim that the volume is to be a copy of; undefined for another claim, or when it was not asked. */
  source: CloneSource | 'missing' | undefined;
  /** Whether the directory is a copy that this process made, and no volume object of its name ever existed. */
  isUnregisteredCopy: boolean;
  /** Set when only the journal knows the directory: neither its claim nor a volume of its name exists. */
  abandoned: { forMs: number; hasContent: boolean } | undefined;
  /** How long a directory with content is kept when it is abandoned, in milliseconds; undefined keeps it for ever. */
  abandonedGraceMs: number | undefined;
  /** How long an earlier, unanswered creation may still make the volume, in milliseconds; 0 when none can. */
  inDoubtForMs: number;
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

/** The claim that is to be copied. */
export interface CloneSource {
  claim: Claim;
  /** The volume that it is bound to, if there is one. */
  volume: Volume | undefined;
  /** Name of the pool of this node that has the path of that volume. */
  pool: string | undefined;
  /** For how long looks have found it without a bound volume, in milliseconds; 0 at the first of them, and once it has one. */
  pendingForMs: number;
}

/** A record and perhaps a directory of the volume in another pool than its own. */
export interface Stray {
  pool: string;
  record: VolumeRecord;
  /** The id of the base directory there. */
  baseDirectoryId: string;
  hasContent: boolean;
}

/** A pool, as far as it concerns one claim. */
export interface PoolView {
  name: string;
  /** Path of its base directory. */
  path: string;
  /** Why its base directory cannot be used. */
  unusable: StorageError | undefined;
  /** Why the pool cannot serve the claim, although another pool or node may. It counts once it has lasted for a while. */
  trouble: Trouble | undefined;
  /** Free for users other than root, in bytes; 0 while the base directory cannot be used. */
  freeBytes: number;
  /** Room if the pool promised nothing to this volume; undefined while its size is not known. */
  room: Room | undefined;
  /** What can hold directories to their sizes; undefined unless the class asks for it and the disk answered. */
  quotaSupport: QuotaSupport | undefined;
}

/** A reason, and what to do, in words for the user. */
export interface Trouble {
  reason: string;
  message: string;
}

/** The pool that the volume lies in. */
export const poolOf = ({ pools, pool }: Pick<VolumeView, 'pools' | 'pool'>): PoolView | undefined =>
  pools.find(({ name }) => name === pool);

/** The findings on the disk, if it could be asked. */
export const diskOf = ({ disk }: Pick<VolumeView, 'disk'>): FoundOnDisk | undefined =>
  disk instanceof StorageError ? undefined : disk;

export const recordOf = (view: Pick<VolumeView, 'disk'>): VolumeRecord | undefined => diskOf(view)?.record;

/** Whether the directory is a copy that is whole, so that its source does not matter any more. */
export const isCopied = (view: Pick<VolumeView, 'disk'>): boolean =>
  recordOf(view)?.source !== undefined && diskOf(view)?.place === 'base';

/** The claim that is to be copied, if it exists. */
export const sourceOf = ({ source }: Pick<VolumeView, 'source'>): CloneSource | undefined =>
  source === 'missing' ? undefined : source;

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
