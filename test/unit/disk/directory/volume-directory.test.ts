import { chmodSync, chownSync, mkdirSync, readdirSync, rmdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { meanwhile } from '../faults.ts';
import {
  anybody,
  isRoot,
  mount,
  newStorage,
  openStorage,
  reasonOf,
  recordOf,
  refusalOf,
  treeOf,
  volume,
} from '../support.ts';

const journalOf = (basePath: string) => join(basePath, '.hostpath-provisioner', 'volumes');

/** What may stand in the way, and how it is refused. */
const obstacles: [string, string, (path: string, decoyPath: string) => void][] = [
  ['a file', 'DirectoryTaken', (path) => writeFileSync(path, 'mine')],
  ['a symbolic link to a directory', 'DirectoryTaken', (path, decoyPath) => symlinkSync(decoyPath, path)],
  ['a symbolic link to nowhere', 'DirectoryTaken', (path) => symlinkSync('/nowhere', path)],
  [
    'a directory with something in it',
    'DirectoryNotEmpty',
    (path) => {
      mkdirSync(path);
      writeFileSync(join(path, 'data'), 'precious');
    },
  ],
];

describe('makeDirectory', () => {
  test('makes record and directory, and returns the path', async () => {
    const { storage, basePath } = newStorage();
    const { path } = await storage.makeDirectory(recordOf(volume), anybody);
    expect(path).toBe(join(basePath, volume));
    expect(statSync(path).isDirectory()).toBe(true);
    expect(await storage.readRecord(volume)).toEqual(recordOf(volume));
    expect(await storage.listRecords()).toEqual([volume]);
    expect(await storage.locate(volume)).toBe('base');
    expect(readdirSync(journalOf(basePath))).toEqual([`${volume}.json`]);
  });

  test.each([0o777, 0o700, 0o2770, 0o1777, 0o000])('gives it mode %o, whatever the umask', async (mode) => {
    const { storage } = newStorage();
    const { path } = await storage.makeDirectory(recordOf(volume), { mode, owner: undefined });
    expect((statSync(path).mode & 0o7777).toString(8)).toBe(mode.toString(8));
    chmodSync(path, 0o700);
  });

  test('may be repeated as long as the directory is empty, and keeps the first record', async () => {
    const { storage, basePath } = newStorage();
    const { path } = await storage.makeDirectory(recordOf(volume), anybody);
    chmodSync(path, 0o700);
    await storage.makeDirectory(recordOf(volume, { createdAt: '2027-01-01T00:00:00.000Z' }), anybody);
    expect(statSync(path).mode & 0o7777).toBe(0o777);
    expect(await storage.readRecord(volume)).toEqual(recordOf(volume));
    writeFileSync(join(path, 'data'), 'precious');
    const before = treeOf(basePath);
    expect(await reasonOf(storage.makeDirectory(recordOf(volume), anybody))).toBe('DirectoryNotEmpty');
    expect(treeOf(basePath)).toEqual(before);
  });

  test('makes one directory when it is asked for it many times at once', async () => {
    const { storage } = newStorage();
    const made = await Promise.all(Array.from({ length: 20 }, () => storage.makeDirectory(recordOf(volume), anybody)));
    expect(new Set(made.map(({ path }) => path)).size).toBe(1);
    expect(made[0]?.baseDirectory).toEqual(await storage.inspect());
    expect(await storage.readRecord(volume)).toEqual(recordOf(volume));
  });

  test('agrees with another daemon that makes the same one at the same time', async () => {
    const { basePath } = newStorage();
    const daemons = Array.from({ length: 4 }, () => openStorage(basePath));
    await Promise.all(daemons.map((storage) => storage.makeDirectory(recordOf(volume), anybody)));
    expect(await daemons[0]?.readRecord(volume)).toEqual(recordOf(volume));
  });

  test.each([...obstacles, ['an empty directory', 'DirectoryTaken', (path: string) => mkdirSync(path)] as const])(
    'refuses %s without our record, and leaves it as it is',
    async (_, __, put) => {
      const { storage, basePath, decoyPath } = newStorage();
      await storage.inspect();
      put(join(basePath, volume), decoyPath);
      const before = treeOf(join(basePath, '..'));
      expect(await reasonOf(storage.makeDirectory(recordOf(volume), anybody))).toBe('DirectoryTaken');
      expect(treeOf(join(basePath, '..'))).toEqual(before);
    },
  );

  test.each(obstacles)(
    'refuses %s that came in place of our directory, also when it is repeated',
    async (_, reason, put) => {
      const { storage, basePath, decoyPath } = newStorage();
      rmdirSync((await storage.makeDirectory(recordOf(volume), anybody)).path);
      put(join(basePath, volume), decoyPath);
      const before = treeOf(join(basePath, '..'));
      expect(await reasonOf(storage.makeDirectory(recordOf(volume), anybody))).toBe(reason);
      expect(treeOf(join(basePath, '..'))).toEqual(before);
    },
  );

  test.each(obstacles)('takes its record back when %s comes in between', async (_, reason, put) => {
    const { storage, basePath, decoyPath } = newStorage();
    await storage.inspect();
    const path = join(basePath, volume);
    const made = meanwhile(
      'mkdir',
      () => put(path, decoyPath),
      () => storage.makeDirectory(recordOf(volume), anybody),
    );
    expect(await reasonOf(made)).toBe(reason);
    expect(await storage.readRecord(volume)).toBeUndefined();
    expect(treeOf(decoyPath)).toEqual({});
  });

  test('refuses a record that names another claim', async () => {
    const { storage, basePath } = newStorage();
    await storage.makeDirectory(recordOf(volume), anybody);
    const other = recordOf(volume, { claim: { namespace: 'default', name: 'data-kafka-0', uid: 'another' } });
    const before = treeOf(basePath);
    expect(await reasonOf(storage.makeDirectory(other, anybody))).toBe('RecordDamaged');
    expect(treeOf(basePath)).toEqual(before);
  });

  test('refuses as long as the volume has something in the trash', async () => {
    const { storage, basePath } = newStorage();
    await storage.makeDirectory(recordOf(volume), anybody);
    await storage.trashDirectory(volume);
    const before = treeOf(basePath);
    expect(await reasonOf(storage.makeDirectory(recordOf(volume), anybody))).toBe('DirectoryTaken');
    expect(treeOf(basePath)).toEqual(before);
    await storage.eraseTrash(volume);
    await storage.makeDirectory(recordOf(volume), anybody);
  });
});

describe('undoDirectory', () => {
  test.each(obstacles)('refuses %s in its place, and changes nothing', async (_, reason, put) => {
    const { storage, basePath, decoyPath } = newStorage();
    rmdirSync((await storage.makeDirectory(recordOf(volume), anybody)).path);
    put(join(basePath, volume), decoyPath);
    const before = treeOf(join(basePath, '..'));
    expect(await reasonOf(storage.undoDirectory(volume))).toBe(reason);
    expect(treeOf(join(basePath, '..'))).toEqual(before);
  });

  test('touches nothing without our record', async () => {
    const { storage, basePath } = newStorage();
    await storage.inspect();
    mkdirSync(join(basePath, volume));
    const before = treeOf(basePath);
    await storage.undoDirectory(volume);
    expect(treeOf(basePath)).toEqual(before);
  });
});

describe('retainDirectory', () => {
  test('changes the policy in the record, and nothing else', async () => {
    const { storage } = newStorage();
    await storage.makeDirectory(recordOf(volume), anybody);
    await storage.retainDirectory(volume);
    await storage.retainDirectory(volume);
    expect(await storage.readRecord(volume)).toEqual(recordOf(volume, { reclaimPolicy: 'Retain' }));
  });

  test('has nothing to note without our record', async () => {
    const { storage } = newStorage();
    await storage.retainDirectory(volume);
    expect(await storage.listRecords()).toEqual([]);
  });
});

describe.skipIf(!isRoot)('as root', () => {
  test('gives the directory its owner together with set-group-id, also when it is repeated', async () => {
    const { storage } = newStorage();
    for (let repeat = 0; repeat < 2; repeat++) {
      const options = { mode: 0o2770, owner: { uid: 1001, gid: 1002 } };
      const { path } = await storage.makeDirectory(recordOf(volume), options);
      expect(statSync(path)).toMatchObject({ uid: 1001, gid: 1002, mode: 0o042770 });
    }
  });

  test('refuses an empty directory of somebody else in place of ours', async () => {
    const { storage, basePath } = newStorage();
    chownSync((await storage.makeDirectory(recordOf(volume), anybody)).path, 12_345, 12_345);
    const error = await refusalOf(storage.makeDirectory(recordOf(volume), anybody));
    expect(error.reason).toBe('DirectoryTaken');
    expect(error.message).toMatch(/belongs to user 12345/);
    expect(statSync(join(basePath, volume)).uid).toBe(12_345);
  });

  test('refuses an empty file system that is mounted in place of ours', async () => {
    const { storage } = newStorage();
    const { path } = await storage.makeDirectory(recordOf(volume), anybody);
    mount('-t', 'tmpfs', 'tmpfs', path);
    expect(await reasonOf(storage.makeDirectory(recordOf(volume), anybody))).toBe('DirectoryTaken');
    const error = await refusalOf(storage.undoDirectory(volume));
    expect(error.message).toMatch(/EBUSY.*unmount it/);
    expect(await storage.readRecord(volume)).toEqual(recordOf(volume));
  });

  test('refuses an empty directory of the same file system that is mounted in place of ours, and leaves its mode', async () => {
    const { storage, decoyPath } = newStorage();
    const { path } = await storage.makeDirectory(recordOf(volume), anybody);
    mount('--bind', decoyPath, path);
    const { mode } = statSync(decoyPath);
    const error = await refusalOf(storage.makeDirectory(recordOf(volume), anybody));
    expect(error.message).toMatch(/is a mount point/);
    expect(statSync(decoyPath).mode).toBe(mode);
  });
});

describe('adoptDirectory', () => {
  test('makes a directory ours that was there before us, and changes nothing in it', async () => {
    const { storage, basePath } = newStorage();
    await storage.inspect();
    mkdirSync(join(basePath, volume), { mode: 0o755 });
    writeFileSync(join(basePath, volume, 'data'), 'precious');
    const before = treeOf(join(basePath, volume));
    for (const _ of ['once', 'and again after a crash']) {
      await storage.adoptDirectory(recordOf(volume));
      expect(await storage.readRecord(volume)).toEqual(recordOf(volume));
      expect(treeOf(join(basePath, volume))).toEqual(before);
    }
  });

  test.each([
    ['a file', (path: string) => writeFileSync(path, 'mine')],
    ['a symbolic link', (path: string) => symlinkSync('/etc', path)],
  ])('refuses %s, and writes no record', async (_, put) => {
    const { storage, basePath } = newStorage();
    await storage.inspect();
    put(join(basePath, volume));
    expect(await reasonOf(storage.adoptDirectory(recordOf(volume)))).toBe('DirectoryTaken');
    expect(await storage.listRecords()).toEqual([]);
  });

  test.runIf(isRoot)('refuses a mount point', async () => {
    const { storage, basePath } = newStorage();
    await storage.inspect();
    mkdirSync(join(basePath, volume));
    mount('-t', 'tmpfs', 'tmpfs', join(basePath, volume));
    expect(await reasonOf(storage.adoptDirectory(recordOf(volume)))).toBe('DirectoryTaken');
  });
});

test('hasContent tells whether there is anything in a directory', async () => {
  const { storage, basePath } = newStorage();
  expect(await storage.hasContent(volume)).toBe(false);
  const { path } = await storage.makeDirectory(recordOf(volume), anybody);
  expect(await storage.hasContent(volume)).toBe(false);
  writeFileSync(join(path, '.hidden'), '');
  expect(await storage.hasContent(volume)).toBe(true);
  writeFileSync(join(basePath, 'pvc-2'), '');
  expect(await reasonOf(storage.hasContent('pvc-2'))).toBe('DirectoryTaken');
});

test('listOrphans lists the directories that have no record, whatever their names, but for what ext4 has at its top', async () => {
  const { storage, basePath } = newStorage();
  expect(await storage.listOrphans()).toEqual([]);
  await storage.makeDirectory(recordOf(volume), anybody);
  for (const name of ['pvc-nobodys', 'another', '.cache', 'lost+found']) mkdirSync(join(basePath, name));
  writeFileSync(join(basePath, 'a file'), '');
  expect(await storage.listOrphans()).toEqual(['.cache', 'another', 'pvc-nobodys']);
});
