import { isDeepStrictEqual } from 'node:util';
import type { VolumeRecord } from '../../model/volume-record.ts';
import { type OpenBase, statOf } from '../base/open-base.ts';
import { calls, unlinkIfThere } from '../calls.ts';
import { taken } from '../directory/volume-directory.ts';
import { putRecord, readRecord, readTrashedRecord, removeRecord, syncJournal } from '../journal/journal.ts';
import { erasingPath, trashedDirectoryPath, trashedRecordPath, trashName, trashPath } from '../layout.ts';
import { StorageError } from '../port.ts';
import { hasCode } from '../system-error.ts';

/**
 * Writes the record into the journal, moves the directory to its place, then removes the rest from the trash. As long as the
 * journal has a record that says `Retain`, the restore can be finished.
 */
export async function restoreFromTrash(base: OpenBase, volume: string): Promise<void> {
  if (statOf(base.state(trashedDirectoryPath(volume))) !== undefined) await moveBack(base, volume);
  const record = await readRecord(base, volume);
  if (record?.reclaimPolicy !== 'Retain' || !statOf(base.volume(volume))?.isDirectory()) throw notInTrash(base, volume);
  await clearTrash(base, volume);
}

/**
 * Replaces the record of a directory in its place. The directory itself is neither changed nor read.
 */
export async function takeOver(base: OpenBase, record: VolumeRecord): Promise<void> {
  const { volume } = record;
  const found = await readRecord(base, volume);
  if (found === undefined || !statOf(base.volume(volume))?.isDirectory()) throw notInPlace(base, volume);
  if (!isDeepStrictEqual(found, record)) await putRecord(base, record);
  // Also if it was written earlier: the process that wrote it may have died before the record was durable.
  await syncJournal(base);
  const isAnotherInTrash = [trashedDirectoryPath, erasingPath].some((path) => statOf(base.state(path(volume))));
  if (!isAnotherInTrash) await clearTrash(base, volume);
}

/** Removes what a restore, or an unfinished deletion, left in the trash of a volume whose directory is in its place. */
async function clearTrash(base: OpenBase, volume: string): Promise<void> {
  if (statOf(base.state(trashPath(volume))) === undefined) return;
  await base.syncVolumes();
  await base.syncState(trashPath(volume));
  await unlinkIfThere(base.state(trashedRecordPath(volume)));
  await removeTrash(base, volume);
  await base.syncState(trashName);
}

async function moveBack(base: OpenBase, volume: string): Promise<void> {
  if (statOf(base.volume(volume)) !== undefined)
    throw taken(base.shown(volume), 'exists at the place of the directory');
  const record = await readTrashedRecord(base, volume);
  if (record?.retention === undefined) throw notInTrash(base, volume);
  await putRecord(base, keptRecord(record));
  await syncJournal(base);
  try {
    await calls.rename(base.state(trashedDirectoryPath(volume)), base.volume(volume));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    // Erasing was faster, or another restore, whose record is right.
    if (statOf(base.volume(volume)) === undefined) await removeRecord(base, volume);
  }
}

/** The directory then stays when its volume goes. If it is deleted again, the retention begins again. */
function keptRecord({ trashedAt: _, ...record }: VolumeRecord): VolumeRecord {
  return { ...record, reclaimPolicy: 'Retain' };
}

/** The daemon may remove the same: to it, this is trash without a directory. */
async function removeTrash(base: OpenBase, volume: string): Promise<void> {
  try {
    await calls.rmdir(base.state(trashPath(volume)));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

function notInPlace(base: OpenBase, volume: string): StorageError {
  const message = `${base.shown(volume)} is not a directory with a record of ours. Nothing was changed. List what can be restored: hostpath-provisioner trash`;
  return new StorageError('NotInPlace', message);
}

function notInTrash(base: OpenBase, volume: string): StorageError {
  const message = `${base.shownState(trashPath(volume))} has nothing that can be restored: it had no retention, or is being erased. List what can be restored: hostpath-provisioner trash`;
  return new StorageError('NotInTrash', message);
}
