import { join } from 'node:path';
import { isVolumeName } from '../model/names.ts';
import { ActError } from '../model/outcome.ts';
import { isMadeBy, type Volume } from '../model/volume.ts';
import { StorageError } from '../storage/volume-storage.ts';
import type { Disk, VolumeView } from './observe.ts';

/** What is to be done about a volume, or about a directory whose volume is gone. Each way out names its reason. */
export type DeleteDecision =
  | { action: 'ignore'; reason: string }
  | { action: 'wait'; reason: string; afterMs: number }
  /** The disk, as it is now, does not let us: it may be repaired without any change in the cluster. */
  | { action: 'fail'; reason: string; error: StorageError | ActError }
  /** The user must look; `message` says at what. */
  | { action: 'refuse'; reason: string; message: string }
  /** Kubernetes is to wait for us before it lets this volume go. */
  | { action: 'protect'; reason: string }
  /** The directory stays whatever becomes of the volume. */
  | { action: 'retain'; reason: string }
  /** Directory into the trash, volume object, finalizer. */
  | { action: 'delete'; reason: string }
  /** No volume was ever registered for the directory: take it back if it is empty. */
  | { action: 'undo'; reason: string }
  /** The volume is gone; what it left in the trash can be erased. */
  | { action: 'erase'; reason: string };

type Maker = Pick<VolumeView, 'nodeName' | 'provisionerNames'>;

/** A claim that lives although its volume was released is asked for again after this time, in milliseconds. */
const livingClaimRecheckMs = 10_000;

export function decideDelete(view: VolumeView): DeleteDecision {
  const { volume, disk } = view;
  if (volume !== undefined) {
    const left = whyLeft(volume, view);
    if (left !== undefined) return left;
  }
  if (disk instanceof StorageError) return { action: 'fail', reason: disk.reason, error: disk };
  if (volume === undefined) return decideLeftover(disk, view);
  if (volume.reclaimPolicy !== 'Delete') return decideRetained(disk, volume);
  if (view.livingClaim !== undefined) {
    return { action: 'wait', reason: 'ClaimLives', afterMs: livingClaimRecheckMs };
  }
  return objectionTo(volume, disk) ?? { action: 'delete', reason: volume.deleting ? 'Deleting' : 'Released' };
}

/** What the volume alone tells, without a look at the disk: that it is not ours, or not to go. */
function whyLeft(volume: Volume, { nodeName, provisionerNames }: Maker): DeleteDecision | undefined {
  if (!isMadeBy(volume, nodeName, provisionerNames)) return { action: 'ignore', reason: 'NotOurs' };
  if (volume.reclaimPolicy !== 'Delete') return undefined;
  if (volume.deleting && !volume.hasFinalizer) return { action: 'ignore', reason: 'NotWaitingForUs' };
  if (!volume.deleting && volume.phase === 'Bound' && !volume.hasFinalizer) {
    return { action: 'protect', reason: 'PolicyDelete' };
  }
  if (!volume.deleting && volume.phase !== 'Released') return { action: 'ignore', reason: 'InUse' };
  return isVolumeName(volume.name) ? undefined : nameNotOurs(volume);
}

function nameNotOurs({ name }: Volume): DeleteDecision {
  const message = `"${name}" is not a name that this provisioner gives: nothing was removed. Remove by hand what it stands for, then take off the finalizer`;
  return { action: 'refuse', reason: 'NameNotOurs', message };
}

/** Whether a volume, as a watch shows it, may need anything of us: those in quiet use cost nothing but this look. */
export function mayNeedUs(volume: Volume, maker: Maker): boolean {
  const left = whyLeft(volume, maker);
  if (left === undefined) return volume.reclaimPolicy === 'Delete' || volume.hasFinalizer;
  return left.action !== 'ignore';
}

/** The journal knows a volume that the API server does not. */
function decideLeftover({ record, place }: Disk, { livingClaim }: VolumeView): DeleteDecision {
  if (record === undefined) return { action: 'ignore', reason: 'Unknown' };
  if (place === 'trash') return { action: 'erase', reason: 'VolumeGone' };
  if (record.reclaimPolicy === 'Retain') return { action: 'ignore', reason: 'Retained' };
  if (livingClaim !== undefined) return { action: 'ignore', reason: 'ClaimLives' };
  return { action: 'undo', reason: 'NothingRegistered' };
}

/** The journal must say it before our finalizer goes: after that, the volume may be gone and only the journal be left. */
function decideRetained({ record }: Disk, volume: Volume): DeleteDecision {
  const noted = record === undefined || record.reclaimPolicy === 'Retain';
  return noted && !volume.hasFinalizer
    ? { action: 'ignore', reason: 'Retained' }
    : { action: 'retain', reason: 'PolicyRetain' };
}

/** Why the volume is not what it would have to be, had we made it: a forged or damaged object must not name what we remove. */
function objectionTo(volume: Volume, { record, place, baseDirectory }: Disk): DeleteDecision | undefined {
  const expectedPath = join(baseDirectory.path, volume.name);
  if (volume.path !== expectedPath) {
    const message = `its path is ${JSON.stringify(volume.path ?? '')}, but this provisioner keeps it at ${JSON.stringify(expectedPath)}: nothing was removed. Correct or remove by hand, then take off the finalizer`;
    return { action: 'refuse', reason: 'PathNotOurs', message };
  }
  if (volume.baseDirectoryId !== undefined && volume.baseDirectoryId !== baseDirectory.id) {
    const message = `it was made in the base directory with id ${volume.baseDirectoryId}, but ${baseDirectory.path} has id ${baseDirectory.id} now: mount the disk that was there`;
    return failed('AnotherBaseDirectory', message);
  }
  if (record === undefined && place !== 'nowhere') {
    const message = `${expectedPath} exists, but the journal has no record that this provisioner made it: nothing was removed. Remove it by hand`;
    return failed('NoRecord', message);
  }
  return undefined;
}

const failed = (reason: string, message: string): DeleteDecision => ({
  action: 'fail',
  reason,
  error: new ActError(reason, message),
});
