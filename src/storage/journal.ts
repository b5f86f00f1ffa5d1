import { isVolumeName, volumeNameFor } from '../model/names.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import { calls, unlinkIfThere } from './calls.ts';
import { journalName, recordPath, recordSuffix, trashedRecordPath, trashName } from './layout.ts';
import type { OpenBase } from './open-base.ts';
import { type Fields, readFields, replaceFile } from './stored-file.ts';
import { StorageError } from './volume-storage.ts';

/** The record of a volume that is not in the trash. */
export function readRecord(base: OpenBase, volume: string): Promise<VolumeRecord | undefined> {
  return readRecordAt(base, volume, recordPath(volume));
}

export function readTrashedRecord(base: OpenBase, volume: string): Promise<VolumeRecord | undefined> {
  return readRecordAt(base, volume, trashedRecordPath(volume));
}

/** Puts a record in place, or another in its stead. It is durable after the next `syncJournal`. */
export function putRecord(base: OpenBase, record: VolumeRecord): Promise<void> {
  return replaceFile(base, recordPath(record.volume), { ...record });
}

export function syncJournal(base: OpenBase): Promise<void> {
  return base.syncState(journalName);
}

export async function removeRecord(base: OpenBase, volume: string): Promise<void> {
  await unlinkIfThere(base.state(recordPath(volume)));
  await syncJournal(base);
}

export async function listVolumes(base: OpenBase): Promise<string[]> {
  const records = await calls.readdir(base.state(journalName));
  const names = records
    .filter((name) => name.endsWith(recordSuffix))
    .map((name) => name.slice(0, -recordSuffix.length));
  // The trash comes second: a volume that goes there meanwhile is then seen twice, rather than not at all.
  const trashed = await calls.readdir(base.state(trashName));
  return [...new Set([...names, ...trashed])].filter(isVolumeName);
}

async function readRecordAt(base: OpenBase, volume: string, path: string): Promise<VolumeRecord | undefined> {
  const fields = await readFields(base, path);
  if (fields === undefined) return undefined;
  const record = recordOf(fields);
  // The name is a function of the claim: with another claim in its record, we would ask for the wrong one.
  if (record?.volume === volume && volumeNameFor(record.claim.uid) === volume) return record;
  const advice = 'restore it from a backup, or remove it and then the directory by hand';
  const message = `${base.shownState(path)} is damaged, or was written by a newer version: ${advice}`;
  throw new StorageError('RecordDamaged', message);
}

function recordOf(fields: Fields): VolumeRecord | undefined {
  const { version, volume, claim, class: className, node, reclaimPolicy, createdAt } = fields;
  if (version !== 1 || !isText(volume) || !isText(className) || !isText(node)) return undefined;
  if (reclaimPolicy !== 'Delete' && reclaimPolicy !== 'Retain') return undefined;
  if (!isText(createdAt) || Number.isNaN(Date.parse(createdAt))) return undefined;
  if (typeof claim !== 'object' || claim === null) return undefined;
  const { namespace, name, uid }: Fields = { ...claim };
  if (!isText(namespace) || !isText(name) || !isText(uid)) return undefined;
  return { version, volume, claim: { namespace, name, uid }, class: className, node, reclaimPolicy, createdAt };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
