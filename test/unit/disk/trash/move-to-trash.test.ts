import { mkdirSync, readFileSync, renameSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyDirSync, removeSync } from 'fs-extra/esm';
import { describe, expect, test, vi } from 'vitest';
import { calls } from '../../../../src/disk/calls.ts';
import type { DirectoryPlace } from '../../../../src/disk/port.ts';
import { keptRecord } from '../deeds.ts';
import { systemError } from '../faults.ts';
import { anybody, isRoot, mount, newStorage, reasonOf, recordOf, refusalOf, treeOf, volume } from '../support.ts';

const trashOf = (basePath: string) => join(basePath, '.hostpath-provisioner', 'trash', volume);

describe('readTrash', () => {
  test('tells the record of what was removed, and whether it can be restored', async () => {
    const { storage, basePath } = newStorage();
    await storage.makeDirectory(keptRecord, anybody);
    expect(await storage.readTrash(volume)).toBeUndefined();
    await storage.trashDirectory(volume);
    const record = await storage.readRecord(volume);
    expect(record).toMatchObject({ trashedAt: expect.any(String) });
    expect(await storage.readTrash(volume)).toEqual({ record, moveUnfinished: false, canBeRestored: true });
    renameSync(join(trashOf(basePath), 'directory'), join(trashOf(basePath), 'erasing'));
    expect(await storage.readTrash(volume)).toEqual({ record, moveUnfinished: false, canBeRestored: false });
  });

  test('refuses a damaged record, and knows of none when there is none', async () => {
    const { storage, basePath } = await usedVolume();
    await storage.trashDirectory(volume);
    writeFileSync(join(trashOf(basePath), 'record.json'), 'not JSON');
    expect(await reasonOf(storage.readTrash(volume))).toBe('RecordDamaged');
    removeSync(join(trashOf(basePath), 'record.json'));
    expect(await storage.readTrash(volume)).toEqual({ record: undefined, moveUnfinished: false, canBeRestored: true });
  });
});

/** A volume with something in it. */
async function usedVolume() {
  const made = newStorage();
  const { path } = await made.storage.makeDirectory(recordOf(volume), anybody);
  writeFileSync(join(path, 'data'), 'precious');
  return { ...made, path };
}

describe('trashDirectory', () => {
  test('moves the directory and its record, and nobody else can enter there', async () => {
    const { storage, basePath } = await usedVolume();
    await storage.trashDirectory(volume);
    expect(treeOf(trashOf(basePath))).toEqual({
      directory: '40777 ',
      'directory/data': expect.stringMatching(/ precious$/),
      'record.json': expect.stringContaining(volume),
    });
    expect(treeOf(join(trashOf(basePath), '..'))[volume]).toBe('40700 ');
    expect(await storage.locate(volume)).toBe('trash');
    expect(await storage.readRecord(volume)).toEqual(recordOf(volume));
    expect(await storage.listRecords()).toEqual([volume]);
  });

  test('has nothing to do when it is there already, or when there is nothing', async () => {
    const { storage, basePath } = await usedVolume();
    await storage.trashDirectory(volume);
    await storage.trashDirectory('pvc-unknown');
    const before = treeOf(basePath);
    await storage.trashDirectory(volume);
    expect(treeOf(basePath)).toEqual(before);
  });

  test.each<[string, (path: string, decoyPath: string) => void]>([
    ['a file', (path) => writeFileSync(path, 'mine')],
    ['a symbolic link', (path, decoyPath) => symlinkSync(decoyPath, path)],
  ])('refuses %s in place of the directory, and changes nothing', async (_, put) => {
    const { storage, basePath, decoyPath, path } = await usedVolume();
    removeSync(path);
    put(path, decoyPath);
    const before = treeOf(join(basePath, '..'));
    expect(await reasonOf(storage.trashDirectory(volume))).toBe('DirectoryTaken');
    expect(treeOf(join(basePath, '..'))).toEqual(before);
  });

  test.each<[string, (path: string, decoyPath: string) => void]>([
    ['a symbolic link', (path, decoyPath) => symlinkSync(decoyPath, path)],
    ['a file', (path) => writeFileSync(path, 'mine')],
  ])('refuses %s in place of the trash of the volume, and changes nothing', async (_, put) => {
    const { storage, basePath, decoyPath } = await usedVolume();
    put(trashOf(basePath), decoyPath);
    const before = treeOf(join(basePath, '..'));
    expect(await reasonOf(storage.trashDirectory(volume))).toBe('DirectoryTaken');
    expect(treeOf(join(basePath, '..'))).toEqual(before);
  });

  test('refuses a directory without our record, also when the volume of that name is in the trash', async () => {
    const { storage, basePath, path } = await usedVolume();
    await storage.trashDirectory(volume);
    mkdirSync(path);
    const before = treeOf(basePath);
    expect(await reasonOf(storage.trashDirectory(volume))).toBe('DirectoryTaken');
    expect(treeOf(basePath)).toEqual(before);
  });

  test('never puts a directory over another one in the trash', async () => {
    const { storage, basePath, path } = await usedVolume();
    mkdirSync(join(trashOf(basePath), 'directory'), { recursive: true });
    writeFileSync(join(trashOf(basePath), 'directory', 'other'), 'other');
    expect(await reasonOf(storage.trashDirectory(volume))).toBe('StorageFailed');
    expect(readFileSync(join(path, 'data'), 'utf8')).toBe('precious');
    expect(await storage.locate(volume)).toBe('base');
  });

  test.skipIf(!isRoot)('refuses a directory that is a mount point, says so, and loses nothing', async () => {
    const { storage, path } = await usedVolume();
    mount('-t', 'tmpfs', 'tmpfs', path);
    writeFileSync(join(path, 'mounted'), 'precious too');
    const error = await refusalOf(storage.trashDirectory(volume));
    expect(error.message).toContain(`umount ${path}`);
    expect(readFileSync(join(path, 'mounted'), 'utf8')).toBe('precious too');
    expect(await storage.locate(volume)).toBe('base');
    expect(await storage.readRecord(volume)).toEqual(recordOf(volume));
  });
});

describe('locate', () => {
  test.each<[string, DirectoryPlace, (basePath: string) => void]>([
    ['nothing', 'nowhere', () => undefined],
    ['a directory', 'base', (basePath) => mkdirSync(join(basePath, volume))],
    ['a file', 'base', (basePath) => writeFileSync(join(basePath, volume), '')],
    ['a symbolic link to nowhere', 'base', (basePath) => symlinkSync('/nowhere', join(basePath, volume))],
    ['something in the trash', 'trash', (basePath) => mkdirSync(trashOf(basePath))],
    [
      'a directory, and a trash that was begun',
      'base',
      (basePath) => {
        mkdirSync(join(basePath, volume));
        mkdirSync(trashOf(basePath));
      },
    ],
  ])('says where it is: %s', async (_, place, put) => {
    const { storage, basePath } = newStorage();
    await storage.inspect();
    put(basePath);
    expect(await storage.locate(volume)).toBe(place);
  });
});

describe('trashDirectory on a full disk', () => {
  /** No directory can be made in the trash any more, as where no block or inode is left. */
  const withoutRoom = (code: 'ENOSPC' | 'EDQUOT', operation: () => Promise<unknown>) => {
    const refuse = (path: unknown) =>
      String(path).includes('/trash/') ? Promise.reject(systemError(code, 'mkdir')) : undefined;
    const original = calls.mkdir;
    const mkdir = vi.spyOn(calls, 'mkdir');
    mkdir.mockImplementation(((path: string, mode: number) => refuse(path) ?? original(path, mode)) as never);
    return operation().finally(() => mkdir.mockRestore());
  };

  test.each(['ENOSPC', 'EDQUOT'] as const)(
    'erases the volume where it is, and its record with it: %s',
    async (code) => {
      const { storage, path } = await usedVolume();
      mkdirSync(join(path, 'a', 'b'), { recursive: true });
      writeFileSync(join(path, 'record.json'), 'of the tenant');
      await withoutRoom(code, () => storage.trashDirectory(volume));
      expect(await storage.locate(volume)).toBe('nowhere');
      expect(await storage.listRecords()).toEqual([]);
      await storage.trashDirectory(volume);
      expect(await storage.eraseTrash(volume)).toEqual({ result: 'erased', entries: 0 });
    },
  );

  test('keeps whole what is to be kept, and says that there is no space', async () => {
    const { storage, basePath } = newStorage();
    await storage.makeDirectory(keptRecord, anybody);
    writeFileSync(join(basePath, volume, 'data'), 'precious');
    expect(await reasonOf(withoutRoom('ENOSPC', () => storage.trashDirectory(volume)))).toBe('NoSpace');
    expect(treeOf(join(basePath, volume))).toEqual({ data: expect.stringMatching(/ precious$/) });
    expect(await storage.readRecord(volume)).toEqual(keptRecord);
  });

  test.skipIf(!isRoot)('erases nothing that is mounted in the volume, and says so (as root)', async () => {
    const { storage, decoyPath, path } = await usedVolume();
    writeFileSync(join(decoyPath, 'decoy'), 'not ours');
    removeSync(join(path, 'data'));
    mkdirSync(join(path, 'mounted'));
    mount('--bind', decoyPath, join(path, 'mounted'));
    const error = await refusalOf(withoutRoom('ENOSPC', () => storage.trashDirectory(volume)));
    expect(error).toMatchObject({
      reason: 'NoSpace',
      message: expect.stringMatching(/full.*mounted: is a mount point/),
    });
    expect(treeOf(decoyPath)).toEqual({ decoy: expect.stringMatching(/ not ours$/) });
  });
});

describe('eraseTrash', () => {
  test.each<[string, (trash: string) => void]>([
    ['nothing', (trash) => removeSync(trash)],
    ['an empty trash', (trash) => emptyDirSync(trash)],
    ['the record alone', (trash) => removeSync(join(trash, 'directory'))],
    ['the directory alone', (trash) => removeSync(join(trash, 'record.json'))],
    ['a half erased directory', (trash) => removeSync(join(trash, 'directory', 'data'))],
    [
      'directories that were moved up',
      (trash) => {
        for (const name of ['7d1c', '8e2d']) mkdirSync(join(trash, name, 'a', 'b'), { recursive: true });
        rmdirSync(join(trash, '8e2d', 'a', 'b'));
      },
    ],
  ])('goes on where a crash left it: %s', async (_, leave) => {
    const { storage, basePath } = await usedVolume();
    await storage.trashDirectory(volume);
    leave(trashOf(basePath));
    expect(await storage.eraseTrash(volume)).toMatchObject({ result: 'erased' });
    expect(await storage.locate(volume)).toBe('nowhere');
    expect(await storage.listRecords()).toEqual([]);
    expect(await storage.readRecord(volume)).toBeUndefined();
  });

  test('leaves a volume alone that is not in the trash', async () => {
    const { storage, basePath } = await usedVolume();
    const before = treeOf(basePath);
    expect(await storage.eraseTrash(volume)).toEqual({ result: 'erased', entries: 0 });
    expect(treeOf(basePath)).toEqual(before);
  });
});
