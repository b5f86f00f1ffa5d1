import { closeSync } from 'node:fs';
import { calls, makeUnlessThere } from './calls.ts';
import { readRecord, syncJournal } from './journal.ts';
import { recordPath, trashedDirectoryName, trashedRecordName, trashName, trashPath } from './layout.ts';
import { look, type OpenBase, openDirectory } from './open-base.ts';
import { hasCode } from './system-error.ts';
import { taken } from './volume-directory.ts';
import { StorageError } from './volume-storage.ts';

/**
 * Moves a volume's directory into the trash, then its record: as long as the record is in the journal, the move goes on
 * where it was.
 */
export async function moveToTrash(base: OpenBase, volume: string): Promise<void> {
  const found = look(base.volume(volume));
  if ((await readRecord(base, volume)) === undefined) {
    if (found !== undefined) throw taken(base.shown(volume), 'is there and has no record of ours');
    return;
  }
  if (found?.isDirectory() === false) throw taken(base.shown(volume), 'is not a directory');
  await makeUnlessThere(base.state(trashPath(volume)));
  // Not by its path from here on: a link in its place would lead the directory out of the base directory.
  const trash = openDirectory(base.state(trashPath(volume)));
  if (trash === undefined) throw taken(base.shownState(trashPath(volume)), 'is not a directory');
  try {
    if (found !== undefined) await moveDirectory(base, volume, trash);
    await base.syncState(trashPath(volume));
    await base.syncState(trashName);
    await base.syncVolumes();
    await calls.rename(base.state(recordPath(volume)), `/proc/self/fd/${trash}/${trashedRecordName}`);
  } finally {
    closeSync(trash);
  }
  await base.syncState(trashPath(volume));
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
