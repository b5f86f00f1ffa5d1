import { isVolumeName } from '../../model/names.ts';
import { keptForMs } from '../../model/volume-record.ts';
import { look, type OpenBase } from '../base/open-base.ts';
import { calls } from '../calls.ts';
import { readTrashedRecord } from '../journal/journal.ts';
import { trashedDirectoryPath, trashName } from '../layout.ts';
import { StorageError, type TrashEntry } from '../port.ts';

/** What lies in the trash, by name. */
export async function listTrash(base: OpenBase): Promise<TrashEntry[]> {
  const names = (await calls.readdir(base.state(trashName))).filter(isVolumeName).sort();
  const entries: TrashEntry[] = [];
  for (const name of names) entries.push(await entryOf(base, name));
  return entries;
}

async function entryOf(base: OpenBase, volume: string): Promise<TrashEntry> {
  const record = await readTrashedRecord(base, volume).catch((error: unknown) => {
    if (error instanceof StorageError) return error;
    throw error;
  });
  const isThere = look(base.state(trashedDirectoryPath(volume))) !== undefined;
  if (!isThere || record === undefined || record instanceof StorageError || record.retention === undefined) {
    return { volume, record, keptUntil: undefined };
  }
  const nowMs = Date.now();
  return { volume, record, keptUntil: new Date(nowMs + keptForMs(record, nowMs)) };
}
