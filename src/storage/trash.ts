import { calls, makeUnlessThere } from './calls.ts';
import { readRecord, syncJournal } from './journal.ts';
import { recordPath, trashedDirectoryPath, trashedRecordPath, trashName, trashPath } from './layout.ts';
import { look, type OpenBase } from './open-base.ts';
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
  if (found !== undefined) await moveDirectory(base, volume);
  await base.syncState(trashPath(volume));
  await base.syncState(trashName);
  await base.syncVolumes();
  await calls.rename(base.state(recordPath(volume)), base.state(trashedRecordPath(volume)));
  await base.syncState(trashPath(volume));
  await syncJournal(base);
}

async function moveDirectory(base: OpenBase, volume: string): Promise<void> {
  try {
    await calls.rename(base.volume(volume), base.state(trashedDirectoryPath(volume)));
  } catch (cause) {
    if (!hasCode(cause, 'EBUSY')) throw cause;
    const path = base.shown(volume);
    const message = `${path} is a mount point, and what is mounted there is not ours: unmount it (umount ${path})`;
    throw new StorageError('StorageFailed', message, { cause });
  }
}
