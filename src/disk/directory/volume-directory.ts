import { closeSync, fstatSync, opendirSync } from 'node:fs';
import type { VolumeRecord } from '../../model/volume-record.ts';
import { mountIdOf } from '../base/mount.ts';
import { look, type OpenBase, openDirectory, ownUid } from '../base/open-base.ts';
import { calls, makeUnlessThere } from '../calls.ts';
import { addRecord, putRecord, readRecord, removeRecord, syncJournal } from '../journal/journal.ts';
import { trashPath } from '../layout.ts';
import { type DirectoryOptions, StorageError } from '../port.ts';
import { hasCode } from '../system-error.ts';

export function taken(path: string, what: string): StorageError {
  return new StorageError('DirectoryTaken', `${path} ${what}: move it away, it is left as it is`);
}

function notEmpty(path: string): StorageError {
  return new StorageError('DirectoryNotEmpty', `${path} is not empty: look at what is in it, it is left as it is`);
}

/** Record, directory, mode and owner, in this order; begun again after a crash, it goes on where it was. */
export async function makeVolumeDirectory(
  base: OpenBase,
  record: VolumeRecord,
  options: DirectoryOptions,
): Promise<void> {
  const { volume } = record;
  const begunEarlier = await beginRecord(base, record);
  let made = false;
  try {
    // Also when it was begun earlier: whoever wrote the record may have died before it was durable.
    await syncJournal(base);
    made = await makeUnlessThere(base.volume(volume));
    await furnish(base, volume, options, { mayHaveContent: made });
  } catch (error) {
    // Nothing of ours is there: a record that stayed would make somebody else's directory ours.
    if (!begunEarlier && !made) await removeRecord(base, volume);
    throw error;
  }
}

/** Writes the record of a directory that is there already, of an earlier provisioner. */
export async function adoptVolumeDirectory(base: OpenBase, record: VolumeRecord): Promise<void> {
  const { volume } = record;
  const path = base.shown(volume);
  const descriptor = openDirectory(base.volume(volume));
  if (descriptor === undefined) throw taken(path, 'is a file or a symbolic link');
  try {
    if (fstatSync(descriptor, { bigint: true }).dev !== base.device) throw taken(path, 'is a mount point');
  } finally {
    closeSync(descriptor);
  }
  if ((await readRecord(base, volume)) === undefined) await putRecord(base, record);
  await syncJournal(base);
}

export async function hasContent(base: OpenBase, volume: string): Promise<boolean> {
  const path = base.volume(volume);
  if (look(path) === undefined) return false;
  const descriptor = openDirectory(path);
  if (descriptor === undefined) throw taken(base.shown(volume), 'is not a directory');
  try {
    return !isEmpty(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Removes the directory if it is empty, then the record. Without our record there is nothing to undo. */
export async function undoVolumeDirectory(base: OpenBase, volume: string): Promise<void> {
  if ((await readRecord(base, volume)) === undefined) return;
  try {
    await calls.rmdir(base.volume(volume));
  } catch (error) {
    const path = base.shown(volume);
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw notEmpty(path);
    if (hasCode(error, 'ENOTDIR')) throw taken(path, 'is not a directory');
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  await base.syncVolumes();
  await removeRecord(base, volume);
}

/** @returns whether the record was there already, from an earlier try for the same claim */
async function beginRecord(base: OpenBase, record: VolumeRecord): Promise<boolean> {
  const { volume } = record;
  const begun = await readRecord(base, volume);
  if (begun === undefined) {
    if (look(base.volume(volume)) !== undefined) throw taken(base.shown(volume), 'is there and has no record of ours');
    const trash = trashPath(volume);
    if (look(base.state(trash)) !== undefined) throw taken(base.shownState(trash), 'is what the volume left behind');
    await addRecord(base, record);
    return false;
  }
  if (begun.claim.uid !== record.claim.uid) {
    const message = `the record of ${volume} names claim ${begun.claim.uid}, not ${record.claim.uid}: look at ${base.shown(volume)}`;
    throw new StorageError('RecordDamaged', message);
  }
  return true;
}

/** Proves that the directory is one to hand out, and gives it its mode and owner, durably. */
async function furnish(
  base: OpenBase,
  volume: string,
  { mode, owner }: DirectoryOptions,
  { mayHaveContent }: { mayHaveContent: boolean },
): Promise<void> {
  const path = base.shown(volume);
  const descriptor = openDirectory(base.volume(volume));
  if (descriptor === undefined) throw taken(path, 'is a file or a symbolic link');
  try {
    const found = fstatSync(descriptor);
    if (BigInt(found.dev) !== base.device) throw taken(path, 'is a mount point');
    // A bind mount of the same file system; what was made just now cannot be one, and the look costs.
    if (!mayHaveContent && mountIdOf(descriptor) !== mountIdOf(base.descriptor)) throw taken(path, 'is a mount point');
    if (found.uid !== ownUid && found.uid !== owner?.uid) throw taken(path, `belongs to user ${found.uid}`);
    if (!mayHaveContent && !isEmpty(descriptor)) throw notEmpty(path);
    // The mode first: without the capability FSETID, chmod drops set-group-id of a group that is not ours.
    if ((found.mode & 0o7777) !== mode) await calls.fchmod(descriptor, mode);
    if (owner !== undefined) await calls.fchown(descriptor, owner.uid, owner.gid);
    proveMode(descriptor, mode, path);
    // First the one that all share: where an fsync writes out whatever was changed before it, the others then find it done.
    await base.syncVolumes();
    await calls.fsync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function proveMode(descriptor: number, mode: number, path: string): void {
  const found = fstatSync(descriptor).mode & 0o7777;
  if (found === mode) return;
  const message = `${path} has mode ${found.toString(8)}, although ${mode.toString(8)} was set, because the file system does not keep modes: use another one, such as ext4, XFS or btrfs, or give the class the mode that it has (parameter directoryMode)`;
  throw new StorageError('PermissionDenied', message);
}

function isEmpty(descriptor: number): boolean {
  const listing = opendirSync(`/proc/self/fd/${descriptor}`);
  try {
    return listing.readSync() === null;
  } finally {
    listing.closeSync();
  }
}
