import { closeSync } from 'node:fs';
import { keptForMs, type VolumeRecord } from '../../model/volume-record.ts';
import { look, type OpenBase, openDirectory } from '../base/open-base.ts';
import { withSpare } from '../base/spare.ts';
import { calls, makeUnlessThere } from '../calls.ts';
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

/** Erases, for some seconds, what lies in the volume's directory, and the directory when it is empty. */
export type EraseInPlace = () => Promise<Erasure>;

/**
 * Moves a volume's directory into the trash, then its record: as long as the record is in the journal, the move goes on
 * where it was. The time of a directory that is to be kept begins when it is in the trash.
 *
 * A full disk may have no room for the move. What is not to be kept is then erased where it is, which takes no space,
 * until the rest can be moved.
 */
export async function moveToTrash(base: OpenBase, volume: string, eraseInPlace: EraseInPlace): Promise<void> {
  const found = look(base.volume(volume));
  const record = await readRecord(base, volume);
  if (record === undefined) {
    if (found !== undefined) throw taken(base.shown(volume), 'is there and has no record of ours');
    await syncMove(base, volume);
    return;
  }
  if (found?.isDirectory() === false) throw taken(base.shown(volume), 'is not a directory');
  if (record.retention !== undefined) return await withSpare(base, () => move(base, record));
  try {
    await move(base, record);
  } catch (error) {
    if (!isNoSpace(error)) throw error;
    await makeRoom(base, record, eraseInPlace, error);
  }
}

/** Each turn makes room, which somebody else may take at once; the end of the directory is the end of it. */
async function makeRoom(
  base: OpenBase,
  record: VolumeRecord,
  eraseInPlace: EraseInPlace,
  full: unknown,
): Promise<void> {
  const { volume } = record;
  while (look(base.volume(volume)) !== undefined) {
    const erasure = await eraseInPlace();
    if (look(base.volume(volume)) === undefined) break;
    if (erasure.result === 'left' && erasure.entries === 0) throw cannotErase(base, erasure.problems, full);
    try {
      return await move(base, record);
    } catch (error) {
      if (!isNoSpace(error)) throw error;
    }
  }
  // Erased as a whole, or in the trash already: there, nothing needs the record of what is not to be kept.
  await base.syncState(trashName);
  if (look(base.state(trashPath(volume)))?.isDirectory()) await base.syncState(trashPath(volume));
  await base.syncVolumes();
  await removeRecord(base, volume);
}

function cannotErase(base: OpenBase, problems: readonly string[], cause: unknown): StorageError {
  const what = `${base.path} is full, and nothing in the volume can be erased: ${problems.join('; ')}`;
  return new StorageError('NoSpace', what, { cause });
}

async function move(base: OpenBase, record: VolumeRecord): Promise<void> {
  const { volume } = record;
  await makeUnlessThere(base.state(trashPath(volume)));
  // Not by its path from here on: a link in its place would lead the directory out of the base directory.
  const trash = openDirectory(base.state(trashPath(volume)));
  if (trash === undefined) throw taken(base.shownState(trashPath(volume)), 'is not a directory');
  try {
    if (look(base.volume(volume)) !== undefined) await moveDirectory(base, volume, trash);
    // First the one that all share: where an fsync writes out whatever was changed before it, the next then finds it done.
    await base.syncState(trashName);
    await base.syncState(trashPath(volume));
    await base.syncVolumes();
    if (record.retention !== undefined && record.trashedAt === undefined) {
      await putRecord(base, { ...record, trashedAt: new Date().toISOString() });
    }
    await calls.rename(base.state(recordPath(volume)), `/proc/self/fd/${trash}/${trashedRecordName}`);
    base.shared.names.delete(volume);
  } finally {
    closeSync(trash);
  }
  await syncMove(base, volume);
}

/** Also when the move was made earlier: whoever made it may have died before it was durable. */
async function syncMove(base: OpenBase, volume: string): Promise<void> {
  if (look(base.state(trashPath(volume)))?.isDirectory()) await base.syncState(trashPath(volume));
  await syncJournal(base);
}

async function moveDirectory(base: OpenBase, volume: string, trash: number): Promise<void> {
  try {
    await calls.rename(base.volume(volume), `/proc/self/fd/${trash}/${trashedDirectoryName}`);
  } catch (cause) {
    if (!hasCode(cause, 'EBUSY')) throw cause;
    const path = base.shown(volume);
    const message = `${path} is a mount point, and what is mounted there is not ours: unmount it (umount ${path})`;
    throw new StorageError('StorageFailed', message, { cause });
  }
}

/**
 * Sees to it that nothing in the trash of a volume can be restored any more, if its time is over.
 * @returns for how long it is still to be kept, in milliseconds: 0 when it may be erased
 */
export async function beginErasing(base: OpenBase, volume: string): Promise<number> {
  const record = (await readTrashedRecord(base, volume)) ?? (await finishMove(base, volume));
  if (record?.retention === undefined) return 0;
  if (look(base.state(trashedDirectoryPath(volume))) !== undefined) {
    const forMs = keptForMs(record, Date.now());
    if (forMs > 0) return forMs;
    await withSpare(base, () => closeToRestoring(base, volume));
  }
  // Else a crash of the machine could bring a half erased directory back under the name that can be restored.
  const isClosed = look(base.state(erasingPath(volume))) !== undefined;
  if (isClosed) await base.syncState(trashPath(volume));
  // A restore that was begun and never finished.
  const mayBeJournalled = look(base.state(recordPath(volume))) !== undefined;
  if (mayBeJournalled && isClosed) await removeRecord(base, volume);
  return 0;
}

async function finishMove(base: OpenBase, volume: string): Promise<VolumeRecord | undefined> {
  const record = await recordOfUnfinishedMove(base, volume);
  if (record === undefined) return undefined;
  await move(base, record);
  return readTrashedRecord(base, volume);
}

/**
 * The record that is still in the journal although the directory is in the trash and no record with it: a crash came between,
 * and the volume may have gone all the same.
 */
export async function recordOfUnfinishedMove(base: OpenBase, volume: string): Promise<VolumeRecord | undefined> {
  const isBegun = look(base.state(trashedDirectoryPath(volume))) !== undefined;
  return isBegun && look(base.volume(volume)) === undefined ? readRecord(base, volume) : undefined;
}

/** Restoring begins with a rename of the same directory, so that only one of the two can succeed. */
async function closeToRestoring(base: OpenBase, volume: string): Promise<void> {
  try {
    await calls.rename(base.state(trashedDirectoryPath(volume)), base.state(erasingPath(volume)));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
}
