import { isVolumeName } from '../../model/names.ts';
import { retentionLeftMs } from '../../model/volume-record.ts';
import { type OpenBase, statOf } from '../base/open-base.ts';
import { calls } from '../calls.ts';
import { readTrashedRecord } from '../journal/journal.ts';
import { trashedDirectoryPath, trashName, trashPath } from '../layout.ts';
import { StorageError, type TrashEntry, type TrashedVolume } from '../port.ts';
import { recordOfUnfinishedMove } from './move-to-trash.ts';

export async function listTrash(base: OpenBase): Promise<TrashEntry[]> {
  const entries: TrashEntry[] = [];
  for (const name of await listTrashed(base)) entries.push(await entryOf(base, name));
  return entries;
}

export async function listTrashed(base: OpenBase): Promise<string[]> {
  return (await calls.readdir(base.state(trashName))).filter(isVolumeName).sort();
}

export async function readTrash(base: OpenBase, volume: string): Promise<TrashedVolume | undefined> {
  if (statOf(base.state(trashPath(volume))) === undefined) return undefined;
  const trashed = await readTrashedRecord(base, volume);
  const journalled = trashed === undefined ? await recordOfUnfinishedMove(base, volume) : undefined;
  return {
    record: trashed ?? journalled,
    moveUnfinished: journalled !== undefined,
    canBeRestored: statOf(base.state(trashedDirectoryPath(volume))) !== undefined,
  };
}

async function entryOf(base: OpenBase, volume: string): Promise<TrashEntry> {
  const record = await readTrashedRecord(base, volume).catch((error: unknown) => {
    if (error instanceof StorageError) return error;
    throw error;
  });
  const isThere = statOf(base.state(trashedDirectoryPath(volume))) !== undefined;
  if (!isThere || record === undefined || record instanceof StorageError || record.retention === undefined) {
    return { volume, record, keptUntil: undefined };
  }
  const nowMs = Date.now();
  return { volume, record, keptUntil: new Date(nowMs + retentionLeftMs(record, nowMs)) };
}
