import { join } from 'node:path';
import { type BaseDirectory, StorageError } from '../disk/port.ts';
import { ActError } from '../flow/outcome.ts';
import { adoptedRecord } from '../model/adopted-record.ts';
import type { ClaimReference } from '../model/claim.ts';
import { isVolumeName, nodeLabelValue } from '../model/names.ts';
import { isLarger } from '../model/quantity.ts';
import { isGivenUp, isMadeBy, lacksIdentity, type Volume } from '../model/volume.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import { type KeptReason, keptReasonOf, whose } from '../model/whose.ts';
import { anotherBaseDirectory, letGo, lossOf, mayHold } from './lost.ts';
import type { Disk, VolumeView } from './observe.ts';
import { givenUpMessage, growthMessage, identityMessage } from './stuck.ts';

/** What is to be done about a volume, or about a directory whose volume is gone. Each way out names its reason. */
export type DeleteDecision =
  | { action: 'ignore'; reason: string }
  | { action: 'wait'; reason: string; afterMs: number }
  /** No volume of ours stands for the directory: whether one is to come of it is for the claim's flow to say. */
  | { action: 'askClaim'; reason: string; claim: ClaimReference }
  /** No volume of this cluster stands for the directory, and nothing proves that it may go. */
  | { action: 'keep'; reason: KeptReason }
  /** The disk, as it is now, does not let us: it may be repaired without any change in the cluster. */
  | { action: 'fail'; reason: string; error: StorageError | ActError }
  /** The user must look; `message` says at what. */
  | { action: 'refuse'; reason: string; message: string }
  /** A volume of ours has lost the label by which we find it. */
  | { action: 'label'; reason: string; baseDirectory: BaseDirectory }
  /** A volume that an earlier provisioner made here becomes one of ours. */
  | { action: 'adopt'; reason: string; record: VolumeRecord; baseDirectory: BaseDirectory }
  /** Its claim asks for more than the volume has. Nothing is done about it but to say so. */
  | { action: 'cannotGrow'; reason: string; message: string }
  /** It is in use and its directory is not there. Nothing is done about it but to say so. */
  | { action: 'report'; reason: string; message: string }
  /** Kubernetes is to wait for us before it lets this volume go. */
  | { action: 'protect'; reason: string }
  /** The directory stays whatever becomes of the volume. */
  | { action: 'retain'; reason: string }
  /** Somebody removed the directory that was kept, and its volume: the record tells of nothing any more. */
  | { action: 'forget'; reason: string }
  /** DELETE of the volume, directory into the trash, finalizer off. */
  | { action: 'delete'; reason: string }
  /** The volume is gone; what it left in the trash can be erased. */
  | { action: 'erase'; reason: string };

type Maker = Pick<VolumeView, 'nodeName' | 'provisionerNames'>;

/** A claim that lives although its volume was released is asked for again after this time, in milliseconds. */
const livingClaimRecheckMs = 10_000;

/** The order of checks is behaviour: ours at all, anything to do, possible here, allowed. */
export function decideDelete(view: VolumeView): DeleteDecision {
  const { name, volume, disk } = view;
  if (volume === undefined && !isVolumeName(name)) return { action: 'ignore', reason: 'NotOurs' };
  if (volume !== undefined && isMadeBy(volume, view.nodeName, view.provisionerNames)) {
    const decision =
      decideUnlabelled(volume, view) ??
      reportLoss(volume, view) ??
      whyLeft(volume) ??
      nameNotOurs(volume) ??
      decideWithDisk(volume, view);
    if (decision.action !== 'ignore') return decision;
    return givenUp(volume) ?? growthOf(volume, view) ?? decision;
  }
  if (volume !== undefined && lacksIdentity(volume, view.nodeName, view.provisionerNames)) {
    // What lies in the trash was decided before.
    if (disk instanceof StorageError || disk.place !== 'trash') return identityMissing(volume, view);
  }
  if (disk instanceof StorageError) {
    return volume === undefined ? failed(disk) : { action: 'ignore', reason: 'NotOurs' };
  }
  return decideLeftover(disk, view);
}

/** Whether a volume, as a watch shows it, may need anything of us: those in quiet use cost nothing but this look. */
export function mayNeedUs(volume: Volume, { nodeName, provisionerNames }: Maker): boolean {
  if (lacksIdentity(volume, nodeName, provisionerNames)) return true;
  if (!isMadeBy(volume, nodeName, provisionerNames)) return false;
  if (isGivenUp(volume)) return true;
  if (whyLeft(volume) !== undefined) return false;
  return volume.reclaimPolicy === 'Delete' || volume.hasFinalizer;
}

/** Without the label no change of the volume would reach us. One that we cannot know to be ours gets none. */
function decideUnlabelled(volume: Volume, view: VolumeView): DeleteDecision | undefined {
  const { disk, nodeName, ownCluster } = view;
  if (volume.nodeLabel === nodeLabelValue(nodeName) || disk instanceof StorageError) return undefined;
  if (!isVolumeName(volume.name) || placeObjectionTo(volume, disk) !== undefined) return undefined;
  const { place, baseDirectory } = disk;
  if (isOfAnotherCluster(disk, view)) return undefined;
  if (disk.record !== undefined) return { action: 'label', reason: 'LabelMissing', baseDirectory };
  const maker = { node: nodeName, cluster: ownCluster };
  const record = place === 'base' ? adoptedRecord(volume, maker, baseDirectory.createdAt) : undefined;
  return record && { action: 'adopt', reason: 'MadeEarlier', record, baseDirectory };
}

function reportLoss(volume: Volume, view: VolumeView): DeleteDecision | undefined {
  const loss = lossOf(volume, view);
  return loss && { action: 'report', ...loss };
}

/** What the volume alone tells: that it is not to go. */
function whyLeft({ reclaimPolicy, deleting, hasFinalizer, phase }: Volume): DeleteDecision | undefined {
  if (reclaimPolicy !== 'Delete') return undefined;
  if (deleting) return hasFinalizer ? undefined : { action: 'ignore', reason: 'NotWaitingForUs' };
  if (phase === 'Released' || (phase === 'Bound' && !hasFinalizer)) return undefined;
  if (phase === 'Failed' && !hasFinalizer) return undefined;
  return { action: 'ignore', reason: 'InUse' };
}

/** Kubernetes has given up on the volume, and will not look at it again. */
function givenUp(volume: Volume): DeleteDecision | undefined {
  return isGivenUp(volume) ? { action: 'refuse', reason: 'VolumeFailed', message: givenUpMessage(volume) } : undefined;
}

function identityMissing(volume: Volume, view: VolumeView): DeleteDecision {
  return { action: 'refuse', reason: 'IdentityMissing', message: identityMessage(volume, view) };
}

/** kube-controller-manager leaves a larger request to the provisioner, and says nothing when that does not grow volumes. */
function growthOf(volume: Volume, { livingClaim }: VolumeView): DeleteDecision | undefined {
  if (volume.phase !== 'Bound' || volume.deleting || livingClaim?.uid !== volume.claim?.uid) return undefined;
  if (!isLarger(livingClaim?.requestedStorage, volume.capacity)) return undefined;
  return { action: 'cannotGrow', reason: 'CannotGrow', message: growthMessage(volume, livingClaim?.requestedStorage) };
}

function nameNotOurs({ name }: Volume): DeleteDecision | undefined {
  if (isVolumeName(name)) return undefined;
  const message = `"${name}" is not a name that this provisioner gives: nothing was removed. Remove by hand what it stands for, then take off the finalizer`;
  return { action: 'refuse', reason: 'NameNotOurs', message };
}

function decideWithDisk(volume: Volume, view: VolumeView): DeleteDecision {
  const { disk, livingClaim } = view;
  if (disk instanceof StorageError) return failed(disk);
  if (isOfAnotherCluster(disk, view)) return decideOfAnotherCluster(disk, volume);
  if (volume.reclaimPolicy !== 'Delete') return decideRetained(disk, volume);
  // Only what we would know how to delete is protected: a finalizer that nobody takes off would hold the volume for ever.
  if (!volume.hasFinalizer && disk.record !== undefined) return { action: 'protect', reason: 'PolicyDelete' };
  if (!volume.deleting && volume.phase !== 'Released') return { action: 'ignore', reason: 'InUse' };
  if (livingClaim !== undefined) return { action: 'wait', reason: 'ClaimLives', afterMs: livingClaimRecheckMs };
  return objectionTo(volume, disk) ?? { action: 'delete', reason: volume.deleting ? 'Deleting' : 'Released' };
}

const isOfAnotherCluster = ({ record }: Disk, { ownCluster }: VolumeView): boolean =>
  record !== undefined && whose(record, ownCluster) === 'anotherCluster';

/** Somebody copied the volume's object here, or the daemon has the credentials of another cluster. */
function decideOfAnotherCluster({ record, baseDirectory }: Disk, { name, ...volume }: Volume): DeleteDecision {
  const goes = volume.deleting || (volume.reclaimPolicy === 'Delete' && volume.phase === 'Released');
  if (!goes) return { action: 'ignore', reason: 'AnotherCluster' };
  const message = `${join(baseDirectory.path, name)} is of the cluster whose namespace kube-system has the UID ${record?.cluster}: nothing was removed. Let the volume go by hand and keep its directory: ${letGo(name)}`;
  return failed(new ActError('AnotherCluster', message));
}

/** The journal knows a volume that the API server does not have, or that somebody else made. */
function decideLeftover({ record, place, baseDirectory }: Disk, view: VolumeView): DeleteDecision {
  const { volume, nodeName } = view;
  const reason = volume === undefined ? 'VolumeGone' : 'NotOurs';
  // A crash may have left trash without a record: it is then of the cluster that fills the base directory.
  const owner = whose(record ?? baseDirectory, view.ownCluster);
  if (owner === 'anotherCluster' && (record !== undefined || place === 'trash')) {
    return { action: 'keep', reason: keptReasonOf(owner) };
  }
  // What lies in the trash was decided before, if it was this cluster that decided it.
  if (place === 'trash')
    return owner === 'ours' ? { action: 'erase', reason } : { action: 'keep', reason: keptReasonOf(owner) };
  if (record === undefined || record.node !== nodeName) return { action: 'ignore', reason };
  if (record.reclaimPolicy === 'Retain') {
    const removedByHand = volume === undefined && place === 'nowhere' && owner === 'ours';
    return removedByHand ? { action: 'forget', reason: 'DirectoryGone' } : { action: 'ignore', reason: 'Retained' };
  }
  return { action: 'askClaim', reason, claim: record.claim };
}

/** The journal must say it before our finalizer goes: after that, the volume may be gone and only the journal be left. */
function decideRetained(disk: Disk, volume: Volume): DeleteDecision {
  const { record, baseDirectory } = disk;
  if (volume.hasFinalizer && !mayHold(baseDirectory, volume.baseDirectoryId)) return elsewhere(volume, disk);
  const noted = record === undefined || record.reclaimPolicy === 'Retain';
  return noted && !volume.hasFinalizer
    ? { action: 'ignore', reason: 'Retained' }
    : { action: 'retain', reason: 'PolicyRetain' };
}

/** Why the volume is not what it would have to be, had we made it: a forged or damaged object must not name what we remove. */
function objectionTo(volume: Volume, disk: Disk): DeleteDecision | undefined {
  const objection = placeObjectionTo(volume, disk);
  if (objection !== undefined || disk.record !== undefined) return objection;
  const { path } = disk.baseDirectory;
  if (disk.place !== 'nowhere') {
    const message = `${join(path, volume.name)} exists, but the journal has no record that this provisioner made it: nothing was removed. Remove it by hand`;
    return failed(new ActError('NoRecord', message));
  }
  if (volume.baseDirectoryId === undefined) {
    const message = `it does not say in which base directory it was made, and the journal of ${path} has no record of it, so nothing proves that its directory is gone: remove that by hand, then take off the finalizer`;
    return failed(new ActError('NoRecord', message));
  }
  return undefined;
}

function placeObjectionTo(volume: Volume, disk: Disk): DeleteDecision | undefined {
  const { baseDirectory } = disk;
  const expectedPath = join(baseDirectory.path, volume.name);
  if (volume.path !== expectedPath) {
    const message = `its path is ${JSON.stringify(volume.path ?? '')}, but this provisioner keeps it at ${JSON.stringify(expectedPath)}: nothing was removed. Remove by hand what it stands for, then take off the finalizer`;
    return { action: 'refuse', reason: 'PathNotOurs', message };
  }
  if (!mayHold(baseDirectory, volume.baseDirectoryId)) return elsewhere(volume, disk);
  return undefined;
}

const elsewhere = (volume: Volume, present: Disk): DeleteDecision =>
  failed(new ActError('AnotherBaseDirectory', anotherBaseDirectory(volume, present)));

const failed = (error: StorageError | ActError): DeleteDecision => ({ action: 'fail', reason: error.reason, error });
