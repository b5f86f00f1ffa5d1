import { mkdirSync, readdirSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { stateName, trashedDirectoryName, trashPath } from '../../../src/disk/layout.ts';
import { StorageError, type StorageReason, type VolumeStorage } from '../../../src/disk/port.ts';
import { keptFor } from '../../support/build-views.ts';
import { FakeStorage } from '../../support/fake-storage.ts';
import { anybody, eraseWhole, newStorage, openStorage, reasonOf, recordOf, volume } from './support.ts';

const other = 'pvc-5e0c7d0a-0000-4000-8000-000000000002';
const hourMs = 3_600_000;
const record = recordOf(volume, { cluster: 'cluster-a' });
const keptRecord = { ...record, ...keptFor(hourMs) };

/** A storage, and what others than the daemon do in its base directory. */
interface Scene {
  storage: VolumeStorage;
  /** A pod writes. */
  fill(name: string): void;
  /** Somebody removes the directory and what is in it. */
  remove(name: string): void;
  /** Somebody makes a directory. */
  make(name: string): void;
  /** A crash comes between the move of the directory to the trash and that of its record. */
  breakMove(name: string): void;
}

function onDisk(): Scene {
  const { storage, basePath } = newStorage();
  const at = (name: string) => join(basePath, name);
  return {
    storage,
    fill: (name) => {
      for (const entry of ['a', 'b']) writeFileSync(join(at(name), entry), '');
    },
    remove: (name) => {
      for (const entry of readdirSync(at(name))) unlinkSync(join(at(name), entry));
      rmdirSync(at(name));
    },
    make: (name) => mkdirSync(at(name)),
    breakMove: (name) => {
      const trash = join(basePath, stateName, trashPath(name));
      mkdirSync(trash);
      renameSync(at(name), join(trash, trashedDirectoryName));
    },
  };
}

function inMemory(): Scene {
  const storage = new FakeStorage();
  const made = (entries: string[]) => ({ ...anybody, entries });
  return {
    storage,
    fill: (name) => storage.base.set(name, made(['a', 'b'])),
    remove: (name) => storage.base.delete(name),
    make: (name) => storage.base.set(name, made([])),
    breakMove: (name) => storage.breakMove(name),
  };
}

/** All that the port tells of a volume. */
async function stateOf(storage: VolumeStorage, name = volume) {
  const { record: recorded, place } = await storage.find(name);
  const trash = await storage.readTrash(name);
  return {
    record: recorded,
    place,
    content: await storage.hasContent(name),
    mayHaveRecord: storage.mayHaveRecord(name),
    listed: (await storage.listRecords()).includes(name),
    trash: trash && { ...trash, listed: (await storage.listTrash()).map((entry) => entry.volume).includes(name) },
  };
}

const nothing = {
  record: undefined,
  place: 'nowhere',
  content: false,
  mayHaveRecord: false,
  listed: false,
  trash: undefined,
};
const inBase = { record, place: 'base', content: false, mayHaveRecord: true, listed: true, trash: undefined };
const inTrash = {
  ...inBase,
  place: 'trash',
  trash: { record, moveUnfinished: false, canBeRestored: true, listed: true },
};

describe.each([
  ['the file system', onDisk],
  ['memory, for tests', inMemory],
])('a storage in %s', (_, openScene) => {
  let scene: Scene;
  let storage: VolumeStorage;
  const make = () => storage.makeDirectory(record, anybody);
  const filled = async (of = record) => {
    await storage.makeDirectory(of, anybody);
    scene.fill(volume);
  };
  beforeEach(async () => {
    scene = openScene();
    storage = scene.storage;
    await storage.inspect();
    await storage.listRecords();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('knows nothing of a volume of which it was told nothing', async () => {
    expect(await stateOf(storage)).toEqual(nothing);
    expect(await storage.readRecord(volume)).toBeUndefined();
    expect(await storage.locate(volume)).toBe('nowhere');
  });

  test('makes a directory where it says, in the base directory that it says', async () => {
    const made = await make();
    expect(made).toEqual({ path: `${storage.basePath}/${volume}`, baseDirectory: await storage.inspect() });
    expect(await stateOf(storage)).toEqual(inBase);
    expect(await storage.listDirectories()).toContain(volume);
    expect(await stateOf(storage, other)).toEqual(nothing);
  });

  test('has content once somebody writes', async () => {
    await filled();
    expect(await stateOf(storage)).toEqual({ ...inBase, content: true });
  });

  test('makes a directory again, and keeps the first record', async () => {
    await make();
    await storage.makeDirectory({ ...record, createdAt: '2026-11-23T00:00:00.000Z' }, anybody);
    expect(await stateOf(storage)).toEqual(inBase);
  });

  test('makes a directory that somebody removed', async () => {
    await make();
    scene.remove(volume);
    expect(await stateOf(storage)).toEqual({ ...inBase, place: 'nowhere' });
    await make();
    expect(await stateOf(storage)).toEqual(inBase);
  });

  test('counts directories without a record, and leaves them out otherwise', async () => {
    await make();
    for (const name of [other, 'backup']) scene.make(name);
    expect(await storage.countOrphans()).toBe(2);
    expect(await stateOf(storage, other)).toEqual({ ...nothing, place: 'base' });
  });

  test('undoes an empty directory, and one that is gone, with its record', async () => {
    for (const before of [() => {}, () => scene.remove(volume)]) {
      await make();
      before();
      await storage.undoDirectory(volume);
      expect(await stateOf(storage)).toEqual(nothing);
    }
  });

  test('notes that a directory is to be kept', async () => {
    await make();
    for (const _ of ['once', 'again']) await storage.retainDirectory(volume);
    const record = { ...inBase.record, reclaimPolicy: 'Retain' };
    expect(await stateOf(storage)).toEqual({ ...inBase, record });
  });

  test('moves a directory to the trash, where it cannot be restored without a retention, and erases it', async () => {
    await filled();
    for (const _ of ['once', 'again']) await storage.trashDirectory(volume);
    expect(await stateOf(storage)).toEqual(inTrash);
    expect(await reasonOf(storage.restoreDirectory(volume))).toBe('NotInTrash');
    expect(await eraseWhole(storage, volume)).toEqual({ result: 'erased', entries: 3 });
    expect(await stateOf(storage)).toEqual(nothing);
    expect(await eraseWhole(storage, volume)).toEqual({ result: 'erased', entries: 0 });
  });

  test('moves the record alone to the trash when somebody removed the directory', async () => {
    await make();
    scene.remove(volume);
    await storage.trashDirectory(volume);
    expect(await stateOf(storage)).toEqual({ ...inTrash, trash: { ...inTrash.trash, canBeRestored: false } });
    expect(await eraseWhole(storage, volume)).toMatchObject({ result: 'erased' });
    expect(await stateOf(storage)).toEqual(nothing);
  });

  test('notes when a directory with a retention came into the trash, and erases it when that is over', async () => {
    vi.useFakeTimers({ now: new Date('2026-11-22T10:00:00.000Z'), toFake: ['Date'] });
    await filled(keptRecord);
    await storage.trashDirectory(volume);
    const noted = { ...keptRecord, trashedAt: '2026-11-22T10:00:00.000Z' };
    vi.setSystemTime('2026-11-22T10:30:00.000Z');
    await storage.trashDirectory(volume);
    expect(await stateOf(storage)).toEqual({ ...inTrash, record: noted, trash: { ...inTrash.trash, record: noted } });
    const keptUntil = new Date('2026-11-22T11:00:00.000Z');
    expect(await storage.listTrash()).toEqual([{ volume, record: noted, keptUntil }]);
    vi.setSystemTime(keptUntil);
    expect(await eraseWhole(storage, volume)).toMatchObject({ result: 'erased' });
    expect(await stateOf(storage)).toEqual(nothing);
  });

  test('tells of a move that a crash left, and finishes it: the time in the trash begins then', async () => {
    vi.useFakeTimers({ now: new Date('2026-11-22T10:00:00.000Z'), toFake: ['Date'] });
    await filled(keptRecord);
    scene.breakMove(volume);
    const trash = { ...inTrash.trash, record: keptRecord, moveUnfinished: true };
    expect(await stateOf(storage)).toEqual({ ...inTrash, record: keptRecord, mayHaveRecord: true, trash });
    await storage.trashDirectory(volume);
    expect(await storage.readTrash(volume)).toEqual({
      record: { ...keptRecord, trashedAt: '2026-11-22T10:00:00.000Z' },
      moveUnfinished: false,
      canBeRestored: true,
    });
  });

  test('restores what has a retention, to be kept from then on, and begins its time anew in the trash', async () => {
    await filled(keptRecord);
    await storage.trashDirectory(volume);
    for (const _ of ['once', 'again']) {
      expect(await storage.restoreDirectory(volume)).toMatchObject({ path: `${storage.basePath}/${volume}` });
      const record = { ...keptRecord, reclaimPolicy: 'Retain' };
      expect(await stateOf(storage)).toEqual({ ...inBase, content: true, record });
    }
    await storage.trashDirectory(volume);
    expect(await storage.readTrash(volume)).toMatchObject({ record: { trashedAt: expect.any(String) } });
  });

  test('adopts a directory, whatever is in it, and keeps a record that is there', async () => {
    scene.make(volume);
    scene.fill(volume);
    await storage.adoptDirectory(record);
    await storage.adoptDirectory({ ...record, class: 'other' });
    await storage.syncRecords();
    expect(await stateOf(storage)).toEqual({ ...inBase, content: true });
  });

  test('puts another record in the place of one', async () => {
    await filled();
    const theirs = { ...record, cluster: 'cluster-b', reclaimPolicy: 'Retain' } as const;
    expect(await storage.takeOver(theirs)).toMatchObject({ path: `${storage.basePath}/${volume}` });
    expect(await stateOf(storage)).toEqual({ ...inBase, content: true, record: theirs });
  });

  test('changes nothing of what has no record in the journal', async () => {
    const changes = [
      () => storage.undoDirectory(volume),
      () => storage.retainDirectory(volume),
      () => storage.trashDirectory(volume),
    ];
    for (const change of changes) await change();
    expect(await stateOf(storage)).toEqual(nothing);
    await filled();
    await storage.trashDirectory(volume);
    for (const change of changes) await change();
    expect(await stateOf(storage)).toEqual(inTrash);
  });

  describe('refuses, and changes nothing:', () => {
    test.each<[StorageReason, string, () => unknown, () => Promise<unknown>]>([
      ['DirectoryTaken', 'a directory that is there without a record', () => scene.make(volume), make],
      [
        'DirectoryTaken',
        'a directory whose volume has left trash',
        async () => {
          await make();
          await storage.trashDirectory(volume);
        },
        make,
      ],
      ['DirectoryNotEmpty', 'a directory that has content', () => filled(), make],
      ['DirectoryNotEmpty', 'to undo one that has content', () => filled(), () => storage.undoDirectory(volume)],
      [
        'DirectoryTaken',
        'to move one to the trash that has no record',
        () => scene.make(volume),
        () => storage.trashDirectory(volume),
      ],
      ['StorageFailed', 'to adopt what is not there', () => {}, () => storage.adoptDirectory(record)],
      ['NotInTrash', 'to restore what it does not know', () => {}, () => storage.restoreDirectory(volume)],
      ['NotInTrash', 'to restore what was never removed', () => filled(), () => storage.restoreDirectory(volume)],
      ['NotInPlace', 'to take over what has no record', () => scene.make(volume), () => storage.takeOver(record)],
      [
        'NotInPlace',
        'to take over what is in the trash',
        async () => {
          await make();
          await storage.trashDirectory(volume);
        },
        () => storage.takeOver(record),
      ],
    ])('%s: %s', async (reason, __, arrange, act) => {
      await arrange();
      const before = await stateOf(storage);
      expect(await reasonOf(act())).toBe(reason);
      expect(await stateOf(storage)).toEqual(before);
    });

    test('every method a name that is none of a volume', async () => {
      const bad = '../etc';
      const bads = { ...record, volume: bad };
      const all = [
        () => storage.find(bad),
        () => storage.readRecord(bad),
        () => storage.locate(bad),
        () => storage.hasContent(bad),
        () => storage.makeDirectory(bads, anybody),
        () => storage.adoptDirectory(bads),
        () => storage.undoDirectory(bad),
        () => storage.retainDirectory(bad),
        () => storage.trashDirectory(bad),
        () => storage.eraseTrash(bad),
        () => storage.readTrash(bad),
        () => storage.restoreDirectory(bad),
        () => storage.takeOver(bads),
      ];
      const reasons = await Promise.all(all.map((call) => reasonOf(call())));
      expect(new Set(reasons)).toEqual(new Set(['VolumeNameInvalid']));
      expect(storage.mayHaveRecord(bad)).toBe(false);
    });
  });
});

describe.each([
  ['the file system', () => openStorage('/nowhere/at/all')],
  [
    'memory, for tests',
    () => {
      const storage = new FakeStorage();
      storage.baseDirectory = new StorageError('BaseDirectoryMissing', 'mount it');
      return storage;
    },
  ],
])('a storage in %s whose base directory is missing', (_, open) => {
  test('refuses all that would need it', async () => {
    const storage = open();
    const all = [
      () => storage.inspect(),
      () => storage.space(),
      () => storage.find(volume),
      () => storage.readRecord(volume),
      () => storage.listRecords(),
      () => storage.countOrphans(),
      () => storage.locate(volume),
      () => storage.hasContent(volume),
      () => storage.makeDirectory(record, anybody),
      () => storage.adoptDirectory(record),
      () => storage.syncRecords(),
      () => storage.undoDirectory(volume),
      () => storage.retainDirectory(volume),
      () => storage.trashDirectory(volume),
      () => storage.eraseTrash(volume),
      () => storage.readTrash(volume),
      () => storage.listTrash(),
      () => storage.restoreDirectory(volume),
      () => storage.takeOver(record),
    ];
    for (const call of all) expect(await reasonOf(call())).toBe('BaseDirectoryMissing');
    expect(await storage.listDirectories()).toEqual(new Set());
  });
});
