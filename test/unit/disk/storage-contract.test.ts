import { mkdirSync, readdirSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { stateName, trashedDirectoryName, trashPath } from '../../../src/disk/layout.ts';
import { StorageError, type StorageReason, type VolumeStorage } from '../../../src/disk/port.ts';
import { keptFor, template } from '../../support/build-views.ts';
import { FakeStorage } from '../../support/fake-storage.ts';
import { until } from '../../support/until.ts';
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
    hasRecord: storage.hasRecord(name),
    listed: (await storage.listRecords()).includes(name),
    trash: trash && { ...trash, listed: (await storage.listTrash()).map((entry) => entry.volume).includes(name) },
  };
}

const nothing = {
  record: undefined,
  place: 'nowhere',
  content: false,
  hasRecord: false,
  listed: false,
  trash: undefined,
};
const inBase = { record, place: 'base', content: false, hasRecord: true, listed: true, trash: undefined };
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

  test('says why no limit can be held, and makes no directory that is to have one', async ({ skip }) => {
    const support = await storage.quotaSupport();
    skip(support.by !== undefined, 'the disk of this machine holds limits');
    expect(support).toEqual({ by: undefined, message: expect.any(String) });
    await expect(storage.makeDirectory(record, { ...anybody, limit: { bytes: 2 ** 20 } })).rejects.toThrow(
      StorageError,
    );
    expect(await stateOf(storage)).toEqual(nothing);
  });

  test('notes the capacity of a volume that grew, and never a smaller one', async () => {
    await storage.makeDirectory({ ...record, template }, anybody);
    for (const capacity of ['20Gi', '10Gi']) await storage.growDirectory(volume, { capacity, limit: undefined });
    const grown = { ...record, template: { ...template, capacity: '20Gi' } };
    expect(await stateOf(storage)).toEqual({ ...inBase, record: grown });
    await storage.growDirectory(other, { capacity: '20Gi', limit: undefined });
    expect(await stateOf(storage, other)).toEqual(nothing);
  });

  test('lists directories without a record, and leaves them out otherwise', async () => {
    await make();
    for (const name of [other, 'backup']) scene.make(name);
    expect(await storage.listOrphans()).toEqual(['backup', other].sort());
    expect(await stateOf(storage, other)).toEqual({ ...nothing, place: 'base' });
  });

  describe('copies a directory', () => {
    const copied = recordOf(other, { cluster: 'cluster-a', source: volume });
    const clone = () => storage.cloneDirectory(copied, { ...anybody, source: volume });
    const cloneWhole = () => until('the copy is whole', async () => (await clone()).state === 'done');
    const unfinished = { ...nothing, record: copied, hasRecord: true, listed: true };
    const trashed = {
      ...unfinished,
      place: 'trash',
      trash: { record: copied, moveUnfinished: false, canBeRestored: false, listed: true },
    };

    test('which has its name when it is whole, and stays as it is when that is asked for again', async () => {
      await filled();
      expect((await clone()).state).toBe('copying');
      expect(await stateOf(storage, other)).toEqual(unfinished);
      for (const _ of ['once', 'again']) {
        await cloneWhole();
        expect(await stateOf(storage, other)).toEqual({ ...inBase, record: copied, content: true });
      }
      expect(await stateOf(storage)).toEqual({ ...inBase, content: true });
      expect(await storage.listOrphans()).toEqual([]);
    });

    test.each<[string, () => Promise<void>]>([
      ['undone', () => storage.undoDirectory(other)],
      ['removed', () => storage.trashDirectory(other)],
    ])('whose unfinished copy goes to the trash with its record when it is %s', async (_, end) => {
      await filled();
      await clone();
      for (const __ of ['once', 'again']) await end();
      expect(await stateOf(storage, other)).toEqual(trashed);
      expect(await eraseWhole(storage, other)).toMatchObject({ result: 'erased' });
      expect(await stateOf(storage, other)).toEqual(nothing);
      await cloneWhole();
      expect(await stateOf(storage, other)).toEqual({ ...inBase, record: copied, content: true });
    });

    test('which cannot go to the trash before', async () => {
      await filled();
      await clone();
      expect(await reasonOf(storage.trashDirectory(volume))).toBe('BeingCopied');
      await cloneWhole();
      await storage.trashDirectory(volume);
      expect(await stateOf(storage)).toEqual(inTrash);
    });

    test.each<[StorageReason, string, () => unknown]>([
      ['NotInPlace', 'what is not there', () => undefined],
      ['DirectoryTaken', 'to a name that is taken', () => filled().then(() => scene.make(other))],
    ])('%s: but not %s', async (reason, __, arrange) => {
      await arrange();
      const before = await stateOf(storage, other);
      expect(await reasonOf(clone())).toBe(reason);
      expect(await stateOf(storage, other)).toEqual(before);
    });
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

  test('notes a larger size of a directory, and never a smaller one', async () => {
    await filled(keptRecord);
    const sizes = ['2Gi', '2Gi', '1Gi', '3Gi', '2Gi'];
    for (const capacity of sizes) await storage.growDirectory(volume, { capacity, limit: undefined });
    const { record } = await storage.find(volume);
    expect(record).toEqual({ ...keptRecord, template: { ...keptRecord.template, capacity: '3Gi' } });
    expect(await storage.hasContent(volume)).toBe(true);
  });

  test('notes no size where none was noted, nor of a directory without a record', async () => {
    await storage.growDirectory(other, { capacity: '2Gi', limit: undefined });
    expect(await stateOf(storage, other)).toEqual(nothing);
    await make();
    await storage.growDirectory(volume, { capacity: '2Gi', limit: undefined });
    expect(await stateOf(storage)).toEqual(inBase);
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
    expect(await stateOf(storage)).toEqual({ ...inTrash, record: keptRecord, hasRecord: true, trash });
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

  test('counts what is in a directory where nothing is enforced, beside the space of the file system', async () => {
    await filled();
    expect(await storage.readUsage(volume)).toBeUndefined();
    const { sizeBytes } = await storage.space();
    expect(await storage.countUsage(volume)).toEqual({
      usedBytes: expect.any(Number),
      inodes: 3,
      sizeBytes,
      availableBytes: expect.any(Number),
      atMs: expect.any(Number),
    });
  });

  test('lists what is in the trash, and counts it with its record', async () => {
    await filled();
    expect([await storage.listTrashed(), await storage.countTrashed(volume)]).toEqual([[], undefined]);
    await storage.trashDirectory(volume);
    expect(await storage.listTrashed()).toEqual([volume]);
    expect(await storage.countTrashed(volume)).toEqual({ usedBytes: expect.any(Number), inodes: 5 });
    await eraseWhole(storage, volume);
    expect([await storage.listTrashed(), await storage.countTrashed(volume)]).toEqual([[], undefined]);
  });

  test('counts nothing that nobody asks for any more', async () => {
    await make();
    expect(await reasonOf(storage.countUsage(volume, AbortSignal.abort()))).toBe('StorageFailed');
    expect(await storage.countUsage(volume)).toMatchObject({ inodes: 1 });
    await storage.trashDirectory(volume);
    expect(await reasonOf(storage.countTrashed(volume, AbortSignal.abort()))).toBe('StorageFailed');
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
      ['StorageFailed', 'to count what is not there', () => {}, () => storage.countUsage(volume)],
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
        () => storage.cloneDirectory(bads, { ...anybody, source: volume }),
        () => storage.cloneDirectory(record, { ...anybody, source: bad }),
        () => storage.adoptDirectory(bads),
        () => storage.undoDirectory(bad),
        () => storage.retainDirectory(bad),
        () => storage.growDirectory(bad, { capacity: '2Gi', limit: undefined }),
        () => storage.trashDirectory(bad),
        () => storage.eraseTrash(bad),
        () => storage.readTrash(bad),
        () => storage.restoreDirectory(bad),
        () => storage.readUsage(bad),
        () => storage.countUsage(bad),
        () => storage.takeOver(bads),
      ];
      const reasons = await Promise.all(all.map((call) => reasonOf(call())));
      expect(new Set(reasons)).toEqual(new Set(['VolumeNameInvalid']));
      expect(storage.hasRecord(bad)).toBe(false);
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
      () => storage.listOrphans(),
      () => storage.locate(volume),
      () => storage.hasContent(volume),
      () => storage.makeDirectory(record, anybody),
      () => storage.cloneDirectory(record, { ...anybody, source: other }),
      () => storage.adoptDirectory(record),
      () => storage.syncRecords(),
      () => storage.growDirectory(volume, { capacity: '2Gi', limit: undefined }),
      () => storage.undoDirectory(volume),
      () => storage.retainDirectory(volume),
      () => storage.trashDirectory(volume),
      () => storage.eraseTrash(volume),
      () => storage.readTrash(volume),
      () => storage.listTrash(),
      () => storage.restoreDirectory(volume),
      () => storage.readUsage(volume),
      () => storage.countUsage(volume),
      () => storage.countTrashed(volume),
      () => storage.listTrashed(),
      () => storage.takeOver(record),
    ];
    for (const call of all) expect(await reasonOf(call())).toBe('BaseDirectoryMissing');
    expect(await storage.listDirectories()).toEqual(new Set());
  });
});
