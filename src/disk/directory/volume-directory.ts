import { closeSync, fstatSync, opendirSync } from 'node:fs';
import type { VolumeRecord } from '../../model/volume-record.ts';
import { type OpenBase, openDirectory, statOf } from '../base/open-base.ts';
import { calls } from '../calls.ts';
import { putRecord, readRecord, removeRecord, syncJournal } from '../journal/journal.ts';
import { trashPath } from '../layout.ts';
import { StorageError } from '../port.ts';
import { hasCode } from '../system-error.ts';

export function taken(path: string, what: string): StorageError {
  return new StorageError(
    'DirectoryTaken',
    `${path} ${what}. Nothing was changed. Inspect it (ls -lad ${path}), then move or unmount it`,
  );
}

export function notEmpty(path: string): StorageError {
  return new StorageError('DirectoryNotEmpty', `${path} is not empty. Nothing was changed. Inspect it: ls -la ${path}`);
}

/** Writes the record of an existing directory, of an earlier provisioner. */
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
  if (statOf(path) === undefined) return false;
  const descriptor = openDirectory(path);
  if (descriptor === undefined) throw taken(base.shown(volume), 'is not a directory');
  try {
    return !isEmpty(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Removes the directory if it is empty, then the record, which it returns. Does nothing without our record. */
export async function undoVolumeDirectory(base: OpenBase, volume: string): Promise<VolumeRecord | undefined> {
  const record = await readRecord(base, volume);
  if (record === undefined) {
    // The record could not be written, or somebody removed it.
    if (statOf(base.state(trashPath(volume))) === undefined) base.shared.names.delete(volume);
    return undefined;
  }
  try {
    await calls.rmdir(base.volume(volume));
  } catch (error) {
    const path = base.shown(volume);
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw notEmpty(path);
    if (hasCode(error, 'ENOTDIR')) throw taken(path, 'is not a directory');
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  // Where order is kept, the fsync of the journal after the record's removal is one of the directory's removal, too.
  if (!base.keepsOrder) await base.syncVolumes();
  await removeRecord(base, volume);
  return record;
}

export function isEmpty(descriptor: number): boolean {
  const listing = opendirSync(`/proc/self/fd/${descriptor}`);
  try {
    return listing.readSync() === null;
  } finally {
    listing.closeSync();
  }
}
