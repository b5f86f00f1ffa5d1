import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { emptyDirSync, removeSync } from 'fs-extra/esm';
import { validate as isUuid } from 'uuid';
import { describe, expect, test, vi } from 'vitest';
import { calls } from '../../../../src/disk/calls.ts';
import { openVolumeStorage } from '../../../../src/disk/file-system-storage.ts';
import { type KnownBase, StorageError } from '../../../../src/disk/port.ts';
import { meanwhile } from '../faults.ts';
import { anybody, isRoot, newStorage, openStorage, reasonOf, recordOf, refusalOf, treeOf, volume } from '../support.ts';

const stateOf = (basePath: string) => join(basePath, '.hostpath-provisioner');
/** What is in our own directory; there is spare space only on a disk that has enough. */
const namesIn = (basePath: string) => Object.keys(treeOf(stateOf(basePath))).filter((name) => name !== 'spare');
const labelOf = (basePath: string) => join(stateOf(basePath), 'base.json');

function replaceBy(path: string, make: (path: string) => void): void {
  removeSync(path);
  make(path);
}

describe('the path', () => {
  test.each(['', 'relative/path', './base', '/', '//', '/a/../b', '/a/./b', '/a//b', '/a/', '/a\0b'])(
    'refuses %j',
    (basePath) => {
      expect(() => openVolumeStorage({ basePath, nodeName: 'node-1', knownBases: () => [] })).toThrow(StorageError);
    },
  );
});

describe('first use', () => {
  test('makes an id, and a directory that nobody else can enter', async () => {
    const { storage, basePath } = newStorage();
    const found = await storage.inspect();
    expect(found).toEqual({
      path: basePath,
      id: expect.any(String),
      createdAt: expect.any(String),
      mounted: false,
      fileSystem: expect.any(String),
    });
    expect(isUuid(found.id)).toBe(true);
    expect(statSync(stateOf(basePath)).mode & 0o7777).toBe(0o700);
    expect(namesIn(basePath)).toEqual(['base.json', 'trash', 'volumes']);
    expect(JSON.parse(readFileSync(labelOf(basePath), 'utf8'))).toEqual({
      version: 1,
      id: found.id,
      node: 'node-1',
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      mounted: false,
    });
  });

  test('finds the same id again, in this process and in the next, and writes nothing more', async () => {
    const { storage, basePath } = newStorage();
    const first = await storage.inspect();
    const before = [treeOf(basePath), statSync(stateOf(basePath)).mtimeMs];
    const writes = vi.spyOn(calls, 'writeFile');
    expect(await storage.inspect()).toEqual(first);
    expect(await openStorage(basePath).inspect()).toEqual(first);
    expect([treeOf(basePath), statSync(stateOf(basePath)).mtimeMs]).toEqual(before);
    expect(writes).not.toHaveBeenCalled();
    writes.mockRestore();
  });

  test('happens once, however many daemons begin at the same time', async () => {
    const { basePath } = newStorage();
    const daemons = Array.from({ length: 8 }, () => openStorage(basePath));
    const found = await Promise.all(daemons.flatMap((storage) => [storage.inspect(), storage.inspect()]));
    expect(new Set(found.map(({ id }) => id)).size).toBe(1);
  });

  test('never replaces the label of a daemon that was quicker', async () => {
    const { storage, basePath } = newStorage();
    const theirs = {
      version: 1,
      id: '0326fb63-7674-4861-88f0-45712f886825',
      createdAt: '2026-11-22T21:00:00Z',
      mounted: false,
    };
    const theirTurn = () => writeFileSync(labelOf(basePath), JSON.stringify(theirs));
    await meanwhile('writeFile', theirTurn, () => storage.inspect());
    expect((await storage.inspect()).id).toBe(theirs.id);
    expect(JSON.parse(readFileSync(labelOf(basePath), 'utf8'))).toEqual(theirs);
  });
});

describe('what it refuses', () => {
  test.each<[string, (basePath: string) => void, string, RegExp]>([
    ['a missing base directory', removeSync, 'BaseDirectoryMissing', /mkdir -p/],
    [
      'a file',
      (path) => {
        removeSync(path);
        writeFileSync(path, '');
      },
      'BaseDirectoryNotADirectory',
      /is not a directory/,
    ],
    [
      'a path through a file',
      (path) => {
        removeSync(path);
        removeSync(join(path, '..'));
        writeFileSync(join(path, '..'), '');
      },
      'BaseDirectoryNotADirectory',
      /is not a directory/,
    ],
    [
      'a symbolic link, naming its target',
      (path) => {
        renameSync(path, `${path}-real`);
        symlinkSync(`${path}-real`, path);
      },
      'BaseDirectoryIsSymbolicLink',
      /base-real.*realpath/,
    ],
    [
      'a symbolic link to nowhere',
      (path) => {
        removeSync(path);
        symlinkSync('/nowhere', path);
      },
      'BaseDirectoryIsSymbolicLink',
      /to \/nowhere/,
    ],
    [
      'a link in place of our directory',
      (path) => symlinkSync('/tmp', stateOf(path)),
      'BaseDirectoryDamaged',
      /remove/,
    ],
    ['a file in place of our directory', (path) => writeFileSync(stateOf(path), ''), 'BaseDirectoryDamaged', /remove/],
  ])('refuses %s', async (_, prepare, reason, message) => {
    const { storage, basePath } = newStorage();
    prepare(basePath);
    const error = await refusalOf(storage.inspect());
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(message);
  });

  test.each<[string, (basePath: string) => void]>([
    ['emptied', (path) => writeFileSync(labelOf(path), '')],
    ['cut off', (path) => writeFileSync(labelOf(path), '{"version":1,"id":"0326fb63-76')],
    [
      'with a node that is no name',
      (path) => writeFileSync(labelOf(path), '{"version":1,"id":"0326fb63-7674-4861-88f0-45712f886825","node":7}'),
    ],
    ['without a proper id', (path) => writeFileSync(labelOf(path), '{"version":1,"id":"../../etc"}')],
    ['a link', (path) => replaceBy(labelOf(path), (label) => symlinkSync('/etc/hostname', label))],
    ['a directory', (path) => replaceBy(labelOf(path), (label) => mkdirSync(label))],
    ['a named pipe', (path) => replaceBy(labelOf(path), (label) => execFileSync('mkfifo', [label]))],
    ['missing while there are records', (path) => removeSync(labelOf(path))],
    ['there, but the journal is not', (path) => removeSync(join(stateOf(path), 'volumes'))],
    ['there, but the trash is not', (path) => removeSync(join(stateOf(path), 'trash'))],
  ])('never makes a new label over one that is %s', async (_, damage) => {
    const { storage, basePath } = newStorage();
    await storage.makeDirectory(recordOf(volume), anybody);
    damage(basePath);
    const before = treeOf(basePath);
    expect(await reasonOf(openStorage(basePath).inspect())).toBe('BaseDirectoryDamaged');
    expect(treeOf(basePath)).toEqual(before);
  });

  test('refuses a label of a newer version by its name, and changes nothing', async () => {
    const { storage, basePath } = newStorage();
    await storage.makeDirectory(recordOf(volume), anybody);
    writeFileSync(labelOf(basePath), '{"version":2}');
    const before = treeOf(basePath);
    const { reason, message } = await refusalOf(openStorage(basePath).inspect());
    expect(reason).toBe('BaseDirectoryOfNewerVersion');
    for (const part of [labelOf(basePath), 'version 2', 'version 1']) expect(message).toContain(part);
    expect(treeOf(basePath)).toEqual(before);
  });

  test('never takes an arbitrary text for a label, nor changes it', async () => {
    const { storage, basePath } = newStorage();
    await storage.inspect();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), async (text) => {
        writeFileSync(labelOf(basePath), text);
        const before = treeOf(basePath);
        expect(await reasonOf(openStorage(basePath).inspect())).toBe('BaseDirectoryDamaged');
        expect(treeOf(basePath)).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });

  test('makes our directory private again when somebody opened it', async () => {
    const { storage, basePath } = newStorage();
    await storage.inspect();
    chmodSync(stateOf(basePath), 0o777);
    await storage.inspect();
    expect(statSync(stateOf(basePath)).mode & 0o777).toBe(0o700);
  });
});

describe('another directory at the same path', () => {
  test('is not used before it was inspected', async () => {
    const { storage, basePath } = newStorage();
    const other = newStorage();
    await storage.inspect();
    await other.storage.inspect();
    renameSync(basePath, `${basePath}-away`);
    renameSync(other.basePath, basePath);
    const before = treeOf(basePath);
    const error = await refusalOf(storage.makeDirectory(recordOf(volume), anybody));
    expect(error.reason).toBe('BaseDirectoryMissing');
    expect(await reasonOf(storage.trashDirectory(volume))).toBe('BaseDirectoryMissing');
    expect(treeOf(basePath)).toEqual(before);
    expect((await storage.inspect()).id).toBe((await openStorage(basePath).inspect()).id);
    await storage.makeDirectory(recordOf(volume), anybody);
  });

  test('is not used when everything in it was wiped', async () => {
    const { storage, basePath } = newStorage();
    await storage.inspect();
    emptyDirSync(basePath);
    expect(await reasonOf(storage.makeDirectory(recordOf(volume), anybody))).toBe('BaseDirectoryMissing');
    expect(treeOf(basePath)).toEqual({});
  });
});

describe('whose it is', () => {
  test("a label of another node's is refused, nothing is changed, and the message says what to do", async () => {
    const { storage, basePath } = newStorage();
    await storage.makeDirectory(recordOf(volume), anybody);
    const before = treeOf(basePath);
    const theirs = openStorage(basePath, { nodeName: 'node-2' });
    const error = await refusalOf(theirs.inspect());
    expect(error.reason).toBe('BaseDirectoryOfAnotherNode');
    expect(error.message).toMatch(/"node-1".*"node-2".*base\.json/);
    expect(await reasonOf(theirs.trashDirectory(volume))).toBe('BaseDirectoryOfAnotherNode');
    expect(treeOf(basePath)).toEqual(before);
  });

  test('a label of an early version, which names no node, is ours', async () => {
    const { storage, basePath } = newStorage();
    const { id } = await storage.inspect();
    writeFileSync(labelOf(basePath), JSON.stringify({ version: 1, id, createdAt: '2026-11-22T21:00:00Z' }));
    expect((await openStorage(basePath).inspect()).id).toBe(id);
  });
});

describe('what the volumes of this node tell', () => {
  const elsewhere = { id: 'base-1', mounted: true };

  test('is waited for before anything is written or believed', async () => {
    const { basePath } = newStorage();
    let listed = false;
    const storage = openStorage(basePath, { knownBases: () => (listed ? [] : undefined) });
    expect(await reasonOf(storage.inspect())).toBe('VolumesNotListed');
    expect(await reasonOf(storage.makeDirectory(recordOf(volume), anybody))).toBe('VolumesNotListed');
    expect(treeOf(basePath)).toEqual({});
    listed = true;
    await storage.makeDirectory(recordOf(volume), anybody);
  });

  test('keeps the directory below a disk that is not mounted from being used, at first use and later', async () => {
    const { storage, basePath } = newStorage();
    const ofVolumes = { knownBases: () => [{ ...elsewhere, path: basePath }] };
    const error = await refusalOf(openStorage(basePath, ofVolumes).inspect());
    expect(error.reason).toBe('BaseDirectoryNotMounted');
    expect(error.message).toContain('kubectl get pv -l hostpath-provisioner/node=node-1');
    expect(treeOf(basePath)).toEqual({});
    await storage.makeDirectory(recordOf(volume), anybody);
    const before = treeOf(basePath);
    const late = openStorage(basePath, ofVolumes);
    expect(await reasonOf(late.inspect())).toBe('BaseDirectoryNotMounted');
    expect(await reasonOf(late.trashDirectory(volume))).toBe('BaseDirectoryNotMounted');
    expect(await reasonOf(late.undoDirectory(volume))).toBe('BaseDirectoryNotMounted');
    expect(await reasonOf(late.eraseTrash(volume))).toBe('BaseDirectoryNotMounted');
    expect(treeOf(basePath)).toEqual(before);
  });

  test('counts only of volumes at this path: those of another base directory say nothing about this one', async () => {
    const { basePath } = newStorage();
    await openStorage(basePath, { knownBases: () => [{ ...elsewhere, path: '/another' }] }).inspect();
  });

  test('lets a wiped directory be used anew, where there never was a disk', async () => {
    const { basePath } = newStorage();
    const known = { ...elsewhere, mounted: false, path: basePath };
    expect((await openStorage(basePath, { knownBases: () => [known] }).inspect()).id).not.toBe(known.id);
  });

  test.each([
    ['with all of the folder', (state: string) => removeSync(state)],
    ['alone', (state: string) => removeSync(join(state, 'base.json'))],
  ])('does not take a directory with volumes for a wiped one when its label was lost %s', async (_, lose) => {
    const { storage, basePath } = newStorage();
    const { path } = await storage.makeDirectory(recordOf(volume), anybody);
    const { id, mounted } = await storage.inspect();
    lose(join(basePath, '.hostpath-provisioner'));
    const before = treeOf(basePath);
    const next = openStorage(basePath, { knownBases: () => [{ path: basePath, id, mounted }] });
    const error = await refusalOf(next.inspect());
    expect(error.reason).toBe('BaseDirectoryDamaged');
    expect(treeOf(basePath)).toEqual(before);
    const [, command = ''] = /(cd .*)$/.exec(error.message) ?? [];
    execFileSync('sh', ['-c', command]);
    expect(await next.inspect()).toMatchObject({ id, path: basePath });
    expect(readdirSync(basePath)).toContain(basename(path));
  });

  test('does not take a base directory from a process that works in it', async () => {
    const { basePath } = newStorage();
    let known: KnownBase[] = [];
    const storage = openStorage(basePath, { knownBases: () => known });
    const found = await storage.inspect();
    known = [{ ...elsewhere, path: basePath }];
    expect(await storage.inspect()).toEqual(found);
  });
});

describe('the names in it', () => {
  test('are told without a proof', async () => {
    const { storage, basePath } = newStorage();
    await storage.makeDirectory(recordOf(volume), anybody);
    writeFileSync(labelOf(basePath), '');
    chmodSync(labelOf(basePath), 0);
    expect(await storage.listDirectories()).toEqual(new Set(['.hostpath-provisioner', volume]));
  });

  test.each<[string, (path: string) => void]>([
    ['nothing', removeSync],
    ['a file', (path) => replaceBy(path, (file) => writeFileSync(file, ''))],
  ])('are none where there is %s', async (_, prepare) => {
    const { storage, basePath } = newStorage();
    prepare(basePath);
    expect(await storage.listDirectories()).toEqual(new Set());
  });
});

describe.skipIf(!isRoot)('as root', () => {
  test('refuses our directory when it belongs to somebody else', async () => {
    const { storage, basePath } = newStorage();
    await storage.inspect();
    chownSync(stateOf(basePath), 12_345, 12_345);
    const error = await refusalOf(storage.inspect());
    expect(error.reason).toBe('PermissionDenied');
    expect(error.message).toMatch(/12345.*chown -R 0 /);
    expect(await reasonOf(storage.trashDirectory(volume))).toBe('PermissionDenied');
  });

  test.each([0o000, 0o555])('tells a user without rights what to do, mode %o', (mode) => {
    const { basePath } = newStorage();
    chmodSync(join(basePath, '..'), 0o755);
    chmodSync(basePath, mode);
    const script = `
      import { openVolumeStorage } from ${JSON.stringify(new URL('../../../../src/disk/file-system-storage.ts', import.meta.url).href)};
      process.seteuid(12345);
      const options = { basePath: ${JSON.stringify(basePath)}, nodeName: 'node-1', knownBases: () => [] };
      await openVolumeStorage(options).inspect().catch(({ reason, message }) => console.log(reason, message));
    `;
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
    expect(output).toMatch(/^PermissionDenied .*EACCES.* as root/);
  });
});
