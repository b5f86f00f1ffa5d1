import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { removeSync } from 'fs-extra/esm';
import { describe, expect, test } from 'vitest';
import { StorageError, type VolumeStorage } from '../../../../src/disk/port.ts';
import type { VolumeRecord } from '../../../../src/model/volume-record.ts';
import { memory } from '../../../support/memory.ts';
import { hourMs, keptRecord } from '../deeds.ts';
import { anybody, isRoot, newStorage, openStorage, reasonOf, recordOf, refusalOf, treeOf, volume } from '../support.ts';

async function storageWithRecord() {
  const made = newStorage(memory);
  await made.storage.makeDirectory(recordOf(volume), anybody);
  const journalPath = join(made.basePath, '.hostpath-provisioner', 'volumes');
  return { ...made, journalPath, recordPath: join(journalPath, `${volume}.json`) };
}

/** What reads a record before it acts; none may act on one that is damaged. */
const readers: [string, (storage: VolumeStorage) => Promise<unknown>][] = [
  ['readRecord', (storage) => storage.readRecord(volume)],
  ['makeDirectory', (storage) => storage.makeDirectory(recordOf(volume), anybody)],
  ['undoDirectory', (storage) => storage.undoDirectory(volume)],
  ['retainDirectory', (storage) => storage.retainDirectory(volume)],
  ['trashDirectory', (storage) => storage.trashDirectory(volume)],
];

describe('hasRecord', () => {
  const another = 'pvc-5e0c7d0a-0000-4000-8000-000000000002';

  test('knows each record from when it is written until it is removed, in the trash too', async () => {
    const { storage } = await storageWithRecord();
    await storage.makeDirectory(recordOf(another), anybody);
    expect([volume, another].map((name) => storage.hasRecord(name))).toEqual([true, true]);
    await storage.undoDirectory(volume);
    await storage.trashDirectory(another);
    expect([volume, another].map((name) => storage.hasRecord(name))).toEqual([false, true]);
    expect(storage.hasRecord('../base')).toBe(false);
  });

  test('knows the records that were there before, and says nothing while none was read', async () => {
    const { basePath } = await storageWithRecord();
    const next = openStorage(basePath);
    expect(next.hasRecord(another)).toBeUndefined();
    await next.inspect();
    expect([volume, another].map((name) => next.hasRecord(name))).toEqual([true, false]);
  });

  test('learns of the records of another process when they are listed', async () => {
    const { storage, basePath } = await storageWithRecord();
    await openStorage(basePath).makeDirectory(recordOf(another), anybody);
    expect(storage.hasRecord(another)).toBe(false);
    await storage.listRecords();
    expect(storage.hasRecord(another)).toBe(true);
  });

  test('forgets the records that another process removed when they are listed', async () => {
    const { storage, basePath } = await storageWithRecord();
    await openStorage(basePath).undoDirectory(volume);
    expect(storage.hasRecord(volume)).toBe(true);
    await storage.listRecords();
    expect(storage.hasRecord(volume)).toBe(false);
  });

  test('learns of what another process moved to the trash when it is listed', async () => {
    const { storage, basePath } = await storageWithRecord();
    const other = openStorage(basePath);
    await other.makeDirectory(recordOf(another), anybody);
    await other.trashDirectory(another);
    expect(storage.hasRecord(another)).toBe(false);
    await storage.listRecords();
    expect(storage.hasRecord(another)).toBe(true);
  });
});

describe('find', () => {
  test('tells the base directory, the record and the place of a volume', async () => {
    const { storage } = await storageWithRecord();
    const baseDirectory = await storage.inspect();
    expect(await storage.find(volume)).toEqual({ baseDirectory, record: recordOf(volume), place: 'base' });
    await storage.trashDirectory(volume);
    expect(await storage.find(volume)).toMatchObject({ record: recordOf(volume), place: 'trash' });
    await storage.eraseTrash(volume);
    expect(await storage.find(volume)).toMatchObject({ record: undefined, place: 'nowhere' });
  });

  test('sees a base directory that came back at the path', async () => {
    const { storage, basePath } = await storageWithRecord();
    renameSync(basePath, `${basePath}-away`);
    expect(await reasonOf(storage.find(volume))).toBe('BaseDirectoryMissing');
    renameSync(`${basePath}-away`, basePath);
    expect(await storage.find(volume)).toMatchObject({ place: 'base' });
  });
});

/** A device that can be read for ever. Making one needs root. */
const endless: [string, (path: string) => void] = [
  'a device without end',
  (path) => execFileSync('mknod', [path, 'c', '1', '5']),
];

describe('a damaged record', () => {
  const whole = recordOf(volume);
  const damages: [string, unknown][] = [
    ['of another volume', recordOf('pvc-other')],
    ['without a volume', { ...whole, volume: undefined }],
    ['without a claim', { ...whole, claim: undefined }],
    ['with a claim that is null', { ...whole, claim: null }],
    ['with a claim without UID', { ...whole, claim: { namespace: 'default', name: 'data' } }],
    ['with the UID of another claim', { ...whole, claim: { ...whole.claim, uid: 'another' } }],
    ['with an empty UID', { ...whole, claim: { ...whole.claim, uid: '' } }],
    ['with a namespace that is no text', { ...whole, claim: { ...whole.claim, namespace: 7 } }],
    ['without a class', { ...whole, class: undefined }],
    ['with a node that is no text', { ...whole, node: ['node-1'] }],
    ['with an unknown policy', { ...whole, reclaimPolicy: 'Recycle' }],
    ['without a time', { ...whole, createdAt: undefined }],
    ['with a time that is none', { ...whole, createdAt: 'yesterday-ish' }],
    ['with a quota without id', { ...whole, quota: { bytes: 1_024 } }],
    ['with a quota of no bytes', { ...whole, quota: { id: 7, bytes: 0 } }],
    ['with a quota of half an inode', { ...whole, quota: { id: 7, bytes: 1_024, inodes: 0.5 } }],
    ['with a source that is no text', { ...whole, source: 7 }],
    ['that is a list', [whole]],
    ['that is null', null],
  ];

  test.each(damages)('%s is refused by every method, which then changes nothing', async (_, content) => {
    const { storage, basePath, recordPath } = await storageWithRecord();
    writeFileSync(recordPath, JSON.stringify(content));
    const before = treeOf(basePath);
    for (const [name, read] of readers) expect(await reasonOf(read(storage)), name).toBe('RecordDamaged');
    expect(treeOf(basePath)).toEqual(before);
  });

  test.each<[string, (path: string, decoyPath: string) => void]>([
    ['empty', (path) => writeFileSync(path, '')],
    ['cut off', (path) => writeFileSync(path, JSON.stringify(whole).slice(0, -1))],
    ['a directory', (path) => mkdirSync(path)],
    ['a named pipe', (path) => execFileSync('mkfifo', [path])],
    [
      'a proper record and three gigabytes of nothing',
      (path) => {
        writeFileSync(path, JSON.stringify(whole));
        truncateSync(path, 3 * 2 ** 30);
      },
    ],
    ...(isRoot ? [endless] : []),
    [
      'a link to a proper record',
      (path, decoyPath) => {
        writeFileSync(join(decoyPath, 'record'), JSON.stringify(whole));
        symlinkSync(join(decoyPath, 'record'), path);
      },
    ],
  ])('that is %s is refused by every method', async (_, put) => {
    const { storage, decoyPath, recordPath } = await storageWithRecord();
    removeSync(recordPath);
    put(recordPath, decoyPath);
    for (const [name, read] of readers) expect(await reasonOf(read(storage)), name).toBe('RecordDamaged');
  });

  test('never makes anything but a StorageError, and never lets anything be touched', async () => {
    const { storage, basePath, recordPath } = await storageWithRecord();
    const damagedRecord = fc.record(
      {
        version: fc.constantFrom(1, 2, '1'),
        volume: fc.constantFrom(volume, '../decoy', 'pvc-other'),
        claim: fc.anything(),
        reclaimPolicy: fc.constantFrom('Delete', 'Retain', 'delete'),
        createdAt: fc.oneof(fc.string(), fc.constant('2026-11-22T21:00:00Z')),
      },
      { requiredKeys: [] },
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      damagedRecord.map((record) => JSON.stringify(record)),
    );
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        writeFileSync(recordPath, content);
        const before = treeOf(join(basePath, '..'));
        for (const [, read] of readers) expect(await reasonOf(read(storage))).toMatch(/^Record/);
        expect(treeOf(join(basePath, '..'))).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a record of a later release', () => {
  test('is refused by every method, which names the file and both versions, when its version is newer', async () => {
    const { storage, basePath, recordPath } = await storageWithRecord();
    writeFileSync(recordPath, JSON.stringify({ version: 2, volumes: [volume] }));
    const before = treeOf(basePath);
    for (const [name, read] of readers) expect(await reasonOf(read(storage)), name).toBe('RecordOfNewerVersion');
    const { message } = await refusalOf(storage.readRecord(volume));
    for (const part of [recordPath, 'version 2', 'version 1']) expect(message).toContain(part);
    expect(treeOf(basePath)).toEqual(before);
  });

  test('keeps the fields that this one does not know, whatever happens to the volume', async () => {
    const { storage, recordPath } = await storageWithRecord();
    const claim = { ...keptRecord.claim, group: 'later' };
    const retention = { forMs: hourMs, from: 'later' };
    const later = { ...keptRecord, claim, retention, laterField: { bytes: 7 } };
    const kept = { claim, retention, laterField: { bytes: 7 } };
    writeFileSync(recordPath, JSON.stringify(later));
    await storage.retainDirectory(volume);
    expect(JSON.parse(readFileSync(recordPath, 'utf8'))).toEqual({ ...later, reclaimPolicy: 'Retain' });
    await storage.trashDirectory(volume);
    expect(await storage.readRecord(volume)).toMatchObject({ ...kept, trashedAt: expect.any(String) });
    await storage.restoreDirectory(volume);
    const record = await storage.readRecord(volume);
    expect(record).toMatchObject(kept);
    await storage.takeOver({ ...(record as VolumeRecord), cluster: 'cluster-b' });
    expect(JSON.parse(readFileSync(recordPath, 'utf8'))).toMatchObject({ ...kept, cluster: 'cluster-b' });
  });
});

describe('listRecords', () => {
  test('lists volumes and trash, each once, and nothing that is not a volume name', async () => {
    const { storage, basePath, journalPath } = await storageWithRecord();
    await storage.makeDirectory(recordOf('pvc-trashed'), anybody);
    await storage.trashDirectory('pvc-trashed');
    const trashPath = join(basePath, '.hostpath-provisioner', 'trash');
    for (const name of [volume, 'not-ours']) mkdirSync(join(trashPath, name));
    for (const name of ['pvc-notes.txt', 'pvc-x.json.tmp', '.json', 'pvc-A.json', 'README.json', 'pvc-y']) {
      writeFileSync(join(journalPath, name), '');
    }
    expect((await storage.listRecords()).sort()).toEqual([volume, 'pvc-trashed'].sort());
  });

  test('is empty on a new base directory', async () => {
    const { storage } = newStorage();
    expect(await storage.listRecords()).toEqual([]);
  });
});

describe('a hostile volume name', () => {
  const methods: [string, (storage: VolumeStorage, name: string) => Promise<unknown>][] = [
    ['readRecord', (storage, name) => storage.readRecord(name)],
    ['find', (storage, name) => storage.find(name)],
    ['readTrash', (storage, name) => storage.readTrash(name)],
    ['locate', (storage, name) => storage.locate(name)],
    ['makeDirectory', (storage, name) => storage.makeDirectory({ ...recordOf(String(name)), volume: name }, anybody)],
    ['undoDirectory', (storage, name) => storage.undoDirectory(name)],
    ['retainDirectory', (storage, name) => storage.retainDirectory(name)],
    ['trashDirectory', (storage, name) => storage.trashDirectory(name)],
    ['eraseTrash', (storage, name) => storage.eraseTrash(name)],
  ];
  const hostile = [
    '', '.', '..', '/', '../decoy', 'pvc-', 'pvc-../../decoy', 'pvc-1/../../decoy', 'pvc-1/', 'pvc-1\0', 'pvc-1\n', ' pvc-1', 'PVC-1',
    'pvc-é', '.hostpath-provisioner', 'record.json', `pvc-${'a'.repeat(4096)}`, '-rf', 'pvc--rf', '__proto__',
  ]; // biome-ignore format: one glance

  test.each(methods)('is refused by %s, and nothing is touched', async (_, call) => {
    const { storage, basePath, decoyPath } = newStorage(memory);
    writeFileSync(join(decoyPath, 'data'), 'precious');
    await storage.inspect();
    const before = treeOf(join(basePath, '..'));
    for (const name of hostile)
      expect(await reasonOf(call(storage, name)), JSON.stringify(name)).toBe('VolumeNameInvalid');
    for (const name of [undefined, null, 7, {}, ['pvc-1/../x']]) {
      expect(await reasonOf(call(storage, name as never)), String(name)).toBe('VolumeNameInvalid');
    }
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((text) => `pvc-${text}`),
        ),
        async (name) => {
          const error = await call(storage, name).catch((thrown: unknown) => thrown);
          if (/^pvc-[0-9a-z][0-9a-z-]{0,98}$/.test(name)) return;
          expect(error).toBeInstanceOf(StorageError);
        },
      ),
    );
    for (const name of await storage.listRecords()) await storage.undoDirectory(name);
    expect(treeOf(join(basePath, '..'))).toEqual(before);
  });
});
