import { closeSync } from 'node:fs';
import type { VolumeRecord } from '../../model/volume-record.ts';
import { type OpenBase, openDirectory, statOf } from '../base/open-base.ts';
import { withSpare } from '../base/spare.ts';
import { allEnded, calls, makeUnlessThere, tolerating } from '../calls.ts';
import { taken } from '../directory/volume-directory.ts';
import { putRecord, readRecord, readTrashedRecord, removeRecord, syncJournal } from '../journal/journal.ts';
import {
  erasingPath,
  recordPath,
  trashedDirectoryName,
  trashedDirectoryPath,
  trashedRecordName,
  trashName,
  trashPath,
} from '../layout.ts';
import { type Erasure, StorageError } from '../port.ts';
import { hasCode, isNoSpace } from '../system-error.ts';

/**
 * Moves a volume's directory into the trash, then its record: as long as the record is in the journal, the move can be finished.
 * The retention begins when the directory is in the trash. A full disk may lack room for the move. A directory without a retention
 * is then erased in its place, by `eraseInPlace` for some seconds at a time, until the rest can be moved.
 * @returns the record, if no file has it any more
 */
export async function moveToTrash(
  base: OpenBase,
  volume: string,
  eraseInPlace: () => Promise<Erasure>,
): Promise<VolumeRecord | undefined> {
  const found = statOf(base.volume(volume));
  const record = await readRecord(base, volume);
  if (record === undefined) {
    if (found !== undefined) throw taken(base.shown(volume), 'exists without a record of ours');
    await syncMove(base, volume);
    return undefined;
  }
  if (found?.isDirectory() === false) throw taken(base.shown(volume), 'is not a directory');
  try {
    if (record.retention === undefined) await move(base, record);
    else await withSpare(base, () => move(base, record));
    return undefined;
  } catch (error) {
    if (record.retention !== undefined || !isNoSpace(error)) throw error;
    return await makeRoom(base, record, eraseInPlace, error);
  }
}

/** Each turn frees space, which others may take at once. It ends at the latest when the directory is erased. */
async function makeRoom(
  base: OpenBase,
  record: VolumeRecord,
  eraseInPlace: () => Promise<Erasure>,
  full: unknown,
): Promise<VolumeRecord | undefined> {
  const { volume } = record;
  while (statOf(base.volume(volume)) !== undefined) {
    const erasure = await eraseInPlace();
    if (statOf(base.volume(volume)) === undefined) break;
    if (erasure.result === 'left' && erasure.entries === 0) throw cannotErase(base, volume, erasure.problems, full);
    try {
      await move(base, record);
      return undefined;
    } catch (error) {
      if (!isNoSpace(error)) throw error;
    }
  }
  // The directory is erased or in the trash. Without a retention, the trash needs no record.
  await base.syncState(trashName);
  if (statOf(base.state(trashPath(volume)))?.isDirectory()) await base.syncState(trashPath(volume));
  await base.syncVolumes();
  await removeRecord(base, volume);
  return record;
}

function cannotErase(base: OpenBase, volume: string, problems: readonly string[], cause: unknown): StorageError {
  const what = `${base.path} is full, and nothing in ${base.shown(volume)} can be erased: ${problems.join('; ')}. Free space on that disk`;
  return new StorageError('NoSpace', what, { cause });
}

async function move(base: OpenBase, record: VolumeRecord): Promise<void> {
  const { volume } = record;
  await makeUnlessThere(base.state(trashPath(volume)));
  // Paths begin at its descriptor: a link in its place would lead the directory out of the base directory.
  const trash = openDirectory(base.state(trashPath(volume)));
  if (trash === undefined) throw taken(base.shownState(trashPath(volume)), 'is not a directory');
  try {
    if (statOf(base.volume(volume)) !== undefined) await moveDirectory(base, volume, trash);
    if (!base.keepsOrder) {
      await allEnded([base.syncState(trashName), base.syncState(trashPath(volume)), base.syncVolumes()]);
    }
    if (record.retention !== undefined && record.trashedAt === undefined) {
      await putRecord(base, { ...record, trashedAt: new Date().toISOString() });
    }
    await calls.rename(base.state(recordPath(volume)), `/proc/self/fd/${trash}/${trashedRecordName}`);
  } finally {
    closeSync(trash);
  }
  await syncMove(base, volume);
}

/** Makes the move durable, or an earlier one, whose process may have died before that. */
async function syncMove(base: OpenBase, volume: string): Promise<void> {
  if (base.keepsOrder) return await base.syncAllBefore();
  const isInTrash = statOf(base.state(trashPath(volume)))?.isDirectory();
  await allEnded([...(isInTrash ? [base.syncState(trashPath(volume))] : []), syncJournal(base)]);
}

async function moveDirectory(base: OpenBase, volume: string, trash: number): Promise<void> {
  try {
    await calls.rename(base.volume(volume), `/proc/self/fd/${trash}/${trashedDirectoryName}`);
  } catch (cause) {
    if (!hasCode(cause, 'EBUSY')) throw cause;
    const path = base.shown(volume);
    const message = `${path} is a mount point. The daemon removes nothing that is mounted. Unmount it: umount ${path}`;
    throw new StorageError('StorageFailed', message, { cause });
  }
}

/**
 * Prevents a restore from the trash of a volume. The caller has judged that the retention is over.
 * @returns the record in the trash
 */
export async function beginErasing(base: OpenBase, volume: string): Promise<VolumeRecord | undefined> {
  const record = await readTrashedRecord(base, volume);
  if (record?.retention === undefined) return record;
  await closeToRestoring(base, volume);
  // Without an fsync, a power cut could leave a half erased directory under the name that can be restored.
  const isClosed = statOf(base.state(erasingPath(volume))) !== undefined;
  if (isClosed) await base.syncState(trashPath(volume));
  // The record of a restore that was never finished.
  const mayBeJournalled = statOf(base.state(recordPath(volume))) !== undefined;
  if (mayBeJournalled && isClosed) await removeRecord(base, volume);
  return record;
}

/** The record in the journal, if a crash came between the moves of directory and record. The volume object may be gone. */
export async function recordOfUnfinishedMove(base: OpenBase, volume: string): Promise<VolumeRecord | undefined> {
  if (statOf(base.volume(volume)) !== undefined) return undefined;
  const isMoved = statOf(base.state(trashedDirectoryPath(volume))) !== undefined;
  const record = await readRecord(base, volume);
  // An unfinished copy comes into the trash under another name, and may still be where it grew.
  return isMoved || record?.source !== undefined ? record : undefined;
}

/** A restore begins with a rename of the same directory, so only one of the two succeeds. */
async function closeToRestoring(base: OpenBase, volume: string): Promise<void> {
  const path = trashedDirectoryPath(volume);
  if (statOf(base.state(path)) === undefined) return;
  const move = () => calls.rename(base.state(path), base.state(erasingPath(volume)));
  await tolerating(['ENOENT'], withSpare(base, move), undefined);
}
