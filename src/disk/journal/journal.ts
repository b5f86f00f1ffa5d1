import { isVolumeName, volumeNameFor } from '../../model/names.ts';
import type { VolumeRecord } from '../../model/volume-record.ts';
import type { OpenBase } from '../base/open-base.ts';
import { calls, unlinkIfThere } from '../calls.ts';
import { proveVersionKnown } from '../file-version.ts';
import { journalName, recordPath, recordSuffix, stateName, trashedRecordPath, trashName } from '../layout.ts';
import { StorageError } from '../port.ts';
import { readSharedFields, replaceFile } from '../stored-file.ts';
import { recordOf } from './record-fields.ts';

/** The record of a volume in the journal. */
export function readRecord(base: OpenBase, volume: string): Promise<VolumeRecord | undefined> {
  return readRecordAt(base, volume, recordPath(volume));
}

export function readTrashedRecord(base: OpenBase, volume: string): Promise<VolumeRecord | undefined> {
  return readRecordAt(base, volume, trashedRecordPath(volume));
}

/** Writes a record, or replaces it. Make it durable with `syncJournal`. */
export function putRecord(base: OpenBase, record: VolumeRecord): Promise<void> {
  const { volume } = record;
  return base.shared.names.adding(volume, () => replaceFile(base, recordPath(volume), { ...record }));
}

export function syncJournal(base: OpenBase): Promise<void> {
  return base.syncState(journalName);
}

export async function removeRecord(base: OpenBase, volume: string): Promise<void> {
  await unlinkIfThere(base.state(recordPath(volume)));
  base.shared.names.delete(volume);
  await syncJournal(base);
}

/** Names of the volumes in the journal and in the trash. `hasRecord` then knows them, and no others. */
export async function listVolumes(base: OpenBase): Promise<string[]> {
  return [...(await base.shared.names.refresh(() => readNames(base)))];
}

async function readNames(base: OpenBase): Promise<string[]> {
  const names = await listRecorded(base);
  // A volume that moves to the trash meanwhile is then seen twice instead of never, and so is one that is restored.
  const trashed = await calls.readdir(base.state(trashName));
  const restored = await listRecorded(base);
  return [...new Set([...names, ...trashed, ...restored])].filter(isVolumeName);
}

/** The directory that mkfs makes at the top of ext4. */
const ofFileSystem = 'lost+found';

/** Names of the directories without a record. */
export async function listOrphans(base: OpenBase): Promise<string[]> {
  const entries = await calls.readdir(base.volume('.'), { withFileTypes: true });
  // The journal comes second, as a record is written before its directory is made.
  const known = new Set([...(await listRecorded(base)), stateName, ofFileSystem]);
  return entries.flatMap((entry) => (entry.isDirectory() && !known.has(entry.name) ? [entry.name] : [])).sort();
}

/** Names of the volumes that the journal has a record of, wherever their directories are. */
async function listRecorded(base: OpenBase): Promise<string[]> {
  const files = await calls.readdir(base.state(journalName));
  return files.filter((name) => name.endsWith(recordSuffix)).map((name) => name.slice(0, -recordSuffix.length));
}

async function readRecordAt(base: OpenBase, volume: string, path: string): Promise<VolumeRecord | undefined> {
  const fields = await readSharedFields(base, path, (line) => line.volume === volume);
  if (fields === undefined) return undefined;
  proveVersionKnown(fields, base.shownState(path), 'RecordOfNewerVersion');
  const record = recordOf(fields);
  // The volume's name has the claim's UID: a record with another UID would make us look for the wrong claim.
  if (record?.volume === volume && volumeNameFor(record.claim.uid) === volume) return record;
  const advice = 'Restore the file from a backup, or remove first the file and then the directory by hand';
  throw new StorageError('RecordDamaged', `${base.shownState(path)} is damaged. Nothing was changed. ${advice}`);
}
