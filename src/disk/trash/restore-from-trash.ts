import { isDeepStrictEqual } from 'node:util';
import type { VolumeRecord } from '../../model/volume-record.ts';
import { look, type OpenBase } from '../base/open-base.ts';
import { calls, unlinkIfThere } from '../calls.ts';
import { taken } from '../directory/volume-directory.ts';
import { putRecord, readRecord, readTrashedRecord, removeRecord, syncJournal } from '../journal/journal.ts';
import { erasingPath, trashedDirectoryPath, trashedRecordPath, trashName, trashPath } from '../layout.ts';
import { StorageError } from '../port.ts';
import { hasCode } from '../system-error.ts';

/**
 * Record into the journal, directory back to its place, then the rest out of the trash: as long as there is a record in the
 * journal that says `Retain`, it goes on where it was.
 */
export async function restoreFromTrash(base: OpenBase, volume: string): Promise<void> {
  if (look(base.state(trashedDirectoryPath(volume))) !== undefined) await moveBack(base, volume);
  const record = await readRecord(base, volume);
  if (record?.reclaimPolicy !== 'Retain' || !look(base.volume(volume))?.isDirectory()) throw notInTrash(base, volume);
  await clearTrash(base, volume);
}

/**
 * Puts another record in the place of the one that the journal has of a directory in its place. The directory itself is
 * neither changed nor looked into.
 */
export async function takeOver(base: OpenBase, record: VolumeRecord): Promise<void> {
  const { volume } = record;
  const found = await readRecord(base, volume);
  if (found === undefined || !look(base.volume(volume))?.isDirectory()) throw notInPlace(base, volume);
  if (!isDeepStrictEqual(found, record)) await putRecord(base, record);
  // Also when it was written earlier: whoever wrote it may have died before it was durable.
  await syncJournal(base);
  const isAnotherInTrash = [trashedDirectoryPath, erasingPath].some((path) => look(base.state(path(volume))));
  if (!isAnotherInTrash) await clearTrash(base, volume);
}

/** Removes what a restore, or a removal that was broken off, has left in the trash beside the directory in its place. */
async function clearTrash(base: OpenBase, volume: string): Promise<void> {
  if (look(base.state(trashPath(volume))) === undefined) return;
  await base.syncVolumes();
  await base.syncState(trashPath(volume));
  await unlinkIfThere(base.state(trashedRecordPath(volume)));
  await removeTrash(base, volume);
  await base.syncState(trashName);
}

async function moveBack(base: OpenBase, volume: string): Promise<void> {
  if (look(base.volume(volume)) !== undefined) throw taken(base.shown(volume), 'is there, where the directory belongs');
  const record = await readTrashedRecord(base, volume);
  if (record?.retention === undefined) throw notInTrash(base, volume);
  await putRecord(base, keptRecord(record));
  await syncJournal(base);
  try {
    await calls.rename(base.state(trashedDirectoryPath(volume)), base.volume(volume));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    // Whoever erases was faster; but another restore may have been, and then the record is right.
    if (look(base.volume(volume)) === undefined) await removeRecord(base, volume);
  }
}

/** From now on the directory stays whatever becomes of its volume; when it is removed again, its time begins anew. */
function keptRecord({ trashedAt: _, ...record }: VolumeRecord): VolumeRecord {
  return { ...record, reclaimPolicy: 'Retain' };
}

/** The daemon may be removing the same, which looks to it like trash without a directory. */
async function removeTrash(base: OpenBase, volume: string): Promise<void> {
  try {
    await calls.rmdir(base.state(trashPath(volume)));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

function notInPlace(base: OpenBase, volume: string): StorageError {
  const message = `${base.shown(volume)} is not a directory with a record of ours: "hostpath-provisioner trash" lists what can be restored`;
  return new StorageError('NotInPlace', message);
}

function notInTrash(base: OpenBase, volume: string): StorageError {
  const message = `nothing that could be restored lies in ${base.shownState(trashPath(volume))}: it was not kept, or is being erased`;
  return new StorageError('NotInTrash', message);
}
