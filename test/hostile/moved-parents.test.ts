import { cpSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StorageError, type VolumeStorage } from '../../src/disk/port.ts';
import { fingerprint } from '../support/fingerprint.ts';
import { memory } from '../support/memory.ts';
import { anybody, newStorage, reasonOf, recordOf, volume } from '../unit/disk/support.ts';
import { scaled } from './scale.ts';
import { TenantProcess } from './tenant-process.ts';

const trashOf = (basePath: string) => join(basePath, '.hostpath-provisioner', 'trash');

function fill(path: string): void {
  for (const name of ['a', 'a/x', 'b']) {
    mkdirSync(join(path, name), { recursive: true });
    writeFileSync(join(path, name, 'data'), 'precious');
  }
}

/** A volume with content, and a decoy that looks like its whole base directory: whoever is led there finds all the same names. */
async function volumeAndDecoy() {
  const made = newStorage(memory);
  const { path } = await made.storage.makeDirectory(recordOf(volume), anybody);
  fill(path);
  cpSync(made.basePath, made.decoyPath, { recursive: true });
  fill(join(trashOf(made.decoyPath), volume, 'directory'));
  return { ...made, path };
}

/** Everything that is done in a volume's life. Somebody moves its parents, so any of it may be refused, in our own words. */
async function live(storage: VolumeStorage, name: string): Promise<number> {
  const deeds = [
    () => storage.inspect(),
    () => storage.makeDirectory(recordOf(name), anybody),
    () => storage.retainDirectory(name),
    () => storage.trashDirectory(name),
    () => storage.eraseTrash(name),
    () => storage.undoDirectory(name),
  ];
  let refusals = 0;
  for (const deed of deeds) {
    try {
      await deed();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      refusals++;
    }
  }
  return refusals;
}

describe('swapped for a link to a decoy of the same shape, over and over while volumes are made and removed', () => {
  test.each<[string, (basePath: string) => string, (decoyPath: string) => string]>([
    ['the base directory', (base) => base, (decoy) => decoy],
    ['the directory of a volume', (base) => join(base, volume), (decoy) => join(decoy, volume)],
    ['the trash of a volume', (base) => join(trashOf(base), volume), (decoy) => join(trashOf(decoy), volume)],
    [
      'its directory in the trash',
      (base) => join(trashOf(base), volume, 'directory'),
      (decoy) => join(trashOf(decoy), volume, 'directory'),
    ],
  ])('%s: nothing outside is changed by one byte', async (_, pathIn, decoyIn) => {
    const { storage, basePath, decoyPath } = await volumeAndDecoy();
    const before = fingerprint(decoyPath);
    const tenant = new TenantProcess();
    let hit = 0;
    for (const wanted = scaled({ usual: 50, full: 500 }); hit < wanted; ) {
      const attacked = { path: pathIn(basePath), decoy: decoyIn(decoyPath) };
      const { hits } = await tenant.during('swap-path', attacked, () => live(storage, volume));
      if (hits > 0) hit++;
      expect(fingerprint(decoyPath)).toEqual(before);
    }
  });
});

describe('replaced by a link to a decoy of the same shape', () => {
  test('the base directory, between the move into the trash and the erasing: refused', async () => {
    const { storage, basePath, decoyPath } = await volumeAndDecoy();
    await storage.trashDirectory(volume);
    const before = fingerprint(decoyPath);
    renameSync(basePath, `${basePath}-away`);
    symlinkSync(decoyPath, basePath);
    expect(await reasonOf(storage.eraseTrash(volume))).toBe('BaseDirectoryIsSymbolicLink');
    expect(await reasonOf(storage.trashDirectory(volume))).toBe('BaseDirectoryIsSymbolicLink');
    expect(fingerprint(decoyPath)).toEqual(before);
  });

  test('the trash of a volume, before the erasing: left, and said', async () => {
    const { storage, basePath, decoyPath } = await volumeAndDecoy();
    await storage.trashDirectory(volume);
    const before = fingerprint(decoyPath);
    renameSync(join(trashOf(basePath), volume), join(trashOf(basePath), 'away'));
    symlinkSync(join(trashOf(decoyPath), volume), join(trashOf(basePath), volume));
    expect(await storage.eraseTrash(volume)).toMatchObject({ result: 'left', entries: 0 });
    expect(fingerprint(decoyPath)).toEqual(before);
  });

  test('the trash of a volume, before the move there: refused, and the volume stays where it is', async () => {
    const { storage, basePath, decoyPath, path } = await volumeAndDecoy();
    const before = [fingerprint(decoyPath), fingerprint(path)];
    symlinkSync(decoyPath, join(trashOf(basePath), volume));
    expect(await reasonOf(storage.trashDirectory(volume))).toBe('DirectoryTaken');
    expect([fingerprint(decoyPath), fingerprint(path)]).toEqual(before);
  });
});
