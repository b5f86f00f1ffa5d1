import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeSync } from 'fs-extra/esm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { VolumeRecord } from '../../../../src/model/volume-record.ts';
import { keptFor } from '../../../support/build-views.ts';
import { crashBefore, meanwhile } from '../faults.ts';
import {
  anybody,
  eraseWhenOver,
  newStorage,
  openStorage,
  reasonOf,
  recordOf,
  temporaryDirectory,
  treeOf,
  volume,
} from '../support.ts';

const hourMs = 3_600_000;
const kept = recordOf(volume, { ...keptFor(hourMs) });
const removedAt = new Date('2026-11-23T08:00:00.000Z');

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: removedAt }));
afterEach(() => void vi.useRealTimers());

const passMs = (ms: number): void => void vi.setSystemTime(Date.now() + ms);
const trashOf = (basePath: string) => join(basePath, '.hostpath-provisioner', 'trash', volume);

async function trashed(record: VolumeRecord = kept) {
  const made = newStorage();
  const { path } = await made.storage.makeDirectory(record, anybody);
  writeFileSync(join(path, 'data'), 'precious');
  await made.storage.trashDirectory(volume);
  const guest = openStorage(made.basePath, { knownBases: undefined });
  await guest.inspect();
  return { ...made, path, guest };
}

const contentOf = (path: string): string => readFileSync(join(path, 'data'), 'utf8');

describe('a volume in the trash', () => {
  test('is kept until its retention is over, also after a restart, and then erased', async () => {
    const { storage, basePath } = await trashed();
    expect(await eraseWhenOver(storage, volume)).toEqual({ keptForMs: hourMs });
    passMs(hourMs - 1);
    const next = openStorage(basePath);
    expect(await eraseWhenOver(next, volume)).toEqual({ keptForMs: 1 });
    passMs(1);
    expect(await eraseWhenOver(next, volume)).toEqual({ result: 'erased', entries: 2 });
    expect(treeOf(join(trashOf(basePath), '..'))).toEqual({});
  });

  test('keeps the time of its first removal when the move is repeated', async () => {
    const { storage } = await trashed();
    passMs(hourMs / 2);
    await storage.trashDirectory(volume);
    expect(await eraseWhenOver(storage, volume)).toEqual({ keptForMs: hourMs / 2 });
  });

  test('keeps the time that was written before a crash', async () => {
    const { storage, basePath } = newStorage();
    await storage.makeDirectory(kept, anybody);
    const beforeRecordFollows = 7;
    await crashBefore(beforeRecordFollows, () => storage.trashDirectory(volume));
    passMs(hourMs / 2);
    const next = openStorage(basePath);
    await next.trashDirectory(volume);
    expect(await eraseWhenOver(next, volume)).toEqual({ keptForMs: hourMs / 2 });
  });

  test('that is none, because the volume lives, never draws the living directory in', async () => {
    const { storage, basePath } = newStorage();
    const { path } = await storage.makeDirectory(kept, anybody);
    writeFileSync(join(path, 'data'), 'precious');
    mkdirSync(join(trashOf(basePath), 'directory'), { recursive: true });
    expect(await storage.eraseTrash(volume)).toMatchObject({ result: 'erased' });
    expect(contentOf(path)).toBe('precious');
    expect(await storage.readRecord(volume)).toEqual(kept);
  });

  test('is kept no longer than its retention from now when the clock was set back', async () => {
    const { storage } = await trashed();
    passMs(-1_000 * hourMs);
    expect(await eraseWhenOver(storage, volume)).toEqual({ keptForMs: hourMs });
  });

  test.each<[string, string]>([
    ['is cut off', '{"version":1'],
    ['has a retention without an end', JSON.stringify({ ...kept, retention: { ...kept.retention, forMs: null } })],
    ['has a retention of nothing', JSON.stringify({ ...kept, retention: { ...kept.retention, forMs: 0 } })],
    ['does not say what its volume was', JSON.stringify({ ...kept, template: undefined })],
    ['was trashed at no time', JSON.stringify({ ...kept, trashedAt: 'yesterday' })],
  ])('is left as it is when its record %s', async (_, text) => {
    const { storage, guest, basePath } = await trashed();
    writeFileSync(join(trashOf(basePath), 'record.json'), text);
    const before = treeOf(basePath);
    passMs(2 * hourMs);
    expect(await reasonOf(storage.eraseTrash(volume))).toBe('RecordDamaged');
    expect(await reasonOf(guest.restoreDirectory(volume))).toBe('RecordDamaged');
    expect(await guest.listTrash()).toMatchObject([{ volume, record: { reason: 'RecordDamaged' } }]);
    expect(treeOf(basePath)).toEqual(before);
  });

  test('is read from a record of an earlier version, which noted the template within the retention', async () => {
    const { guest, basePath } = await trashed();
    const { template, ...others } = kept;
    const earlier = { ...others, retention: { forMs: hourMs, volume: template }, trashedAt: removedAt.toISOString() };
    writeFileSync(join(trashOf(basePath), 'record.json'), JSON.stringify(earlier));
    expect(await guest.listTrash()).toMatchObject([{ record: { template, retention: { forMs: hourMs } } }]);
  });

  test('whose directory was lost is not kept', async () => {
    const { storage, basePath } = await trashed();
    removeSync(join(trashOf(basePath), 'directory'));
    expect(await eraseWhenOver(storage, volume)).toEqual({ result: 'erased', entries: 0 });
  });
});

describe('listTrash', () => {
  test('says what is kept, and until when', async () => {
    const { guest } = await trashed();
    const record = { ...kept, trashedAt: removedAt.toISOString() };
    const keptUntil = new Date(removedAt.getTime() + hourMs);
    expect(await guest.listTrash()).toEqual([{ volume, record, keptUntil }]);
  });

  test('says that what is being erased, or has no retention, is not kept', async () => {
    const { guest, basePath } = await trashed(recordOf(volume));
    expect(await guest.listTrash()).toEqual([{ volume, record: recordOf(volume), keptUntil: undefined }]);
    removeSync(join(trashOf(basePath), 'record.json'));
    expect(await guest.listTrash()).toEqual([{ volume, record: undefined, keptUntil: undefined }]);
  });
});

describe('restoreDirectory', () => {
  test('puts directory and content back, to be kept from now on', async () => {
    const { storage, guest, basePath, path } = await trashed();
    expect(await guest.restoreDirectory(volume)).toMatchObject({ path });
    expect(contentOf(path)).toBe('precious');
    expect(await storage.readRecord(volume)).toEqual({ ...kept, reclaimPolicy: 'Retain' });
    expect(await storage.locate(volume)).toBe('base');
    expect(treeOf(join(trashOf(basePath), '..'))).toEqual({});
  });

  test('leaves nothing for the daemon to erase, now or later', async () => {
    const { storage, guest, path } = await trashed();
    await guest.restoreDirectory(volume);
    passMs(2 * hourMs);
    expect(await storage.eraseTrash(volume)).toEqual({ result: 'erased', entries: 0 });
    expect(contentOf(path)).toBe('precious');
  });

  test('gives a volume that is removed again all of its time again', async () => {
    const { storage, guest } = await trashed();
    await guest.restoreDirectory(volume);
    passMs(2 * hourMs);
    await storage.trashDirectory(volume);
    expect(await eraseWhenOver(storage, volume)).toEqual({ keptForMs: hourMs });
    await guest.restoreDirectory(volume);
    expect(await storage.locate(volume)).toBe('base');
  });

  test('refuses once erasing has begun, and leaves no record', async () => {
    const { guest, storage, basePath } = await trashed();
    mkdirSync(join(trashOf(basePath), 'erasing'));
    removeSync(join(trashOf(basePath), 'directory'));
    expect(await reasonOf(guest.restoreDirectory(volume))).toBe('NotInTrash');
    expect(await storage.listRecords()).toEqual([volume]);
    await storage.eraseTrash(volume);
    expect(await storage.listRecords()).toEqual([]);
  });

  test('gives up, and leaves no record, when the daemon begins to erase at the same moment', async () => {
    const { guest, storage, basePath, path } = await trashed();
    const erase = () => removeSync(join(trashOf(basePath), 'directory'));
    expect(await reasonOf(meanwhile('fsync', erase, () => guest.restoreDirectory(volume)))).toBe('NotInTrash');
    await storage.eraseTrash(volume);
    expect(await storage.readRecord(volume)).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });

  test('succeeds when another restore has the directory back at the same moment', async () => {
    const { guest, storage, basePath, path } = await trashed();
    const other = () => renameSync(join(trashOf(basePath), 'directory'), path);
    await meanwhile('fsync', other, () => guest.restoreDirectory(volume));
    expect(contentOf(path)).toBe('precious');
    expect(await storage.readRecord(volume)).toEqual({ ...kept, reclaimPolicy: 'Retain' });
  });

  test.each([['a directory of that name'], ['an empty directory of that name']])('refuses %s', async (what) => {
    const { guest, basePath, path } = await trashed();
    mkdirSync(path);
    if (!what.includes('empty')) writeFileSync(join(path, 'other'), 'mine');
    const before = treeOf(basePath);
    expect(await reasonOf(guest.restoreDirectory(volume))).toBe('DirectoryTaken');
    expect(treeOf(basePath)).toEqual(before);
  });

  test('refuses what has no retention, was never removed, or never was, and changes nothing', async () => {
    const { storage, basePath } = newStorage();
    await storage.makeDirectory(recordOf(volume), anybody);
    const guest = openStorage(basePath, { knownBases: undefined });
    const living = treeOf(basePath);
    expect(await reasonOf(guest.restoreDirectory(volume))).toBe('NotInTrash');
    expect(await reasonOf(guest.restoreDirectory('pvc-unknown'))).toBe('NotInTrash');
    expect(treeOf(basePath)).toEqual(living);
    await storage.trashDirectory(volume);
    const removed = treeOf(basePath);
    expect(await reasonOf(guest.restoreDirectory(volume))).toBe('NotInTrash');
    expect(treeOf(basePath)).toEqual(removed);
  });
});

describe('takeOver', () => {
  const takenOver: VolumeRecord = { ...recordOf(volume), cluster: 'cluster-b', reclaimPolicy: 'Retain' };

  test('changes the record alone: mode, owner and content of the directory stay', async () => {
    const { storage, basePath } = newStorage();
    const { path } = await storage.makeDirectory(recordOf(volume), { ...anybody, mode: 0o750 });
    writeFileSync(join(path, 'data'), 'precious');
    const guest = openStorage(basePath, { knownBases: undefined });
    const directory = treeOf(path);
    expect(await guest.takeOver(takenOver)).toMatchObject({ path });
    expect(treeOf(path)).toEqual(directory);
    expect(lstatSync(path).mode & 0o7777).toBe(0o750);
    expect(await storage.readRecord(volume)).toEqual(takenOver);
  });

  test('leaves the records that share a file with it as they are', async () => {
    const { storage } = newStorage();
    const other = recordOf('pvc-other');
    await Promise.all([recordOf(volume), other].map((record) => storage.makeDirectory(record, anybody)));
    await storage.takeOver(takenOver);
    expect(await storage.readRecord('pvc-other')).toEqual(other);
  });

  test('leaves alone what lies in the trash under the same name', async () => {
    const { storage, basePath } = newStorage();
    await storage.makeDirectory(recordOf(volume), anybody);
    mkdirSync(join(trashOf(basePath), 'erasing'), { recursive: true });
    await storage.takeOver(takenOver);
    expect(existsSync(join(trashOf(basePath), 'erasing'))).toBe(true);
  });

  test.each<[string, (path: string) => void]>([
    ['a directory that is gone', () => undefined],
    ['a file', (path) => writeFileSync(path, '')],
    ['a symbolic link', (path) => symlinkSync(temporaryDirectory(), path)],
  ])('refuses %s, and changes nothing', async (_, put) => {
    const { storage, basePath } = newStorage();
    const { path } = await storage.makeDirectory(recordOf(volume), anybody);
    removeSync(path);
    put(path);
    const before = treeOf(basePath);
    expect(await reasonOf(storage.takeOver(takenOver))).toBe('NotInPlace');
    expect(treeOf(basePath)).toEqual(before);
  });

  test('refuses a directory without a record of ours, and one in the trash', async () => {
    const { guest, basePath } = await trashed();
    mkdirSync(join(basePath, 'pvc-other'));
    const before = treeOf(basePath);
    expect(await reasonOf(guest.takeOver(takenOver))).toBe('NotInPlace');
    expect(await reasonOf(guest.takeOver({ ...takenOver, volume: 'pvc-other' }))).toBe('NotInPlace');
    expect(treeOf(basePath)).toEqual(before);
  });
});

describe('a guest beside the daemon', () => {
  test('makes no base directory', async () => {
    const { basePath } = newStorage();
    const guest = openStorage(basePath, { knownBases: undefined });
    expect(await reasonOf(guest.listTrash())).toBe('BaseDirectoryMissing');
    mkdirSync(join(basePath, '.hostpath-provisioner'), 0o700);
    expect(await reasonOf(guest.listTrash())).toBe('BaseDirectoryMissing');
    expect(treeOf(basePath)).toEqual({ '.hostpath-provisioner': '40700 ' });
  });

  test('leaves alone what the daemon is writing, which a daemon that starts would sweep', async () => {
    const { storage, basePath } = newStorage();
    await storage.inspect();
    const temporary = join(basePath, '.hostpath-provisioner', 'half.tmp');
    writeFileSync(temporary, 'half');
    await openStorage(basePath, { knownBases: undefined }).listTrash();
    expect(readFileSync(temporary, 'utf8')).toBe('half');
    await openStorage(basePath).inspect();
    expect(treeOf(basePath)).not.toHaveProperty('.hostpath-provisioner/half.tmp');
  });
});
