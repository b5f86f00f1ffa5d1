import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keptFor } from '../support/build-views.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { anybody, eraseWhole, openStorage, recordOf, refusalOf, treeOf } from '../unit/disk/support.ts';
import { workplace } from './disk.ts';
import { obstacles } from './obstacles.ts';
import { bindfs, mountExfat, places } from './places.ts';

const hourMs = 3_600_000;
const [plain, kept, restored] = ['pvc-a', 'pvc-b', 'pvc-c'] as const;

/** What a pod may leave: depth, many names, and names of all kinds. */
function fill(path: string): void {
  mkdirSync(join(path, 'a/b/c/d/e/f'), { recursive: true });
  writeFileSync(join(path, 'a/b/c/d/e/f/deep'), 'x');
  for (let index = 0; index < 300; index++) writeFileSync(join(path, 'a', `file-${index} of a très long name`), 'x');
  writeFileSync(join(path, 'data'), 'messages');
}

describeUnless('disks', obstacles())('the life of volumes', () => {
  test.each(places)('on $what', async ({ mount, lacks }) => {
    const basePath = mount(workplace());
    const options = lacks === 'modes' ? { mode: 0o700, owner: undefined } : anybody;
    const first = openStorage(basePath);
    expect(await first.listOrphans()).toEqual([]);
    const records = [recordOf(plain), recordOf(kept), recordOf(restored, keptFor(hourMs))];
    for (const { path } of await Promise.all(records.map((record) => first.makeDirectory(record, options)))) fill(path);

    const storage = openStorage(basePath);
    await storage.retainDirectory(kept);
    await storage.trashDirectory(plain);
    expect(await eraseWhole(storage, plain)).toMatchObject({ result: 'erased' });
    expect(await storage.locate(plain)).toBe('nowhere');
    await storage.trashDirectory(restored);
    expect(await storage.readTrash(restored)).toMatchObject({ canBeRestored: true });

    const last = openStorage(basePath);
    expect((await last.listRecords()).sort()).toEqual([kept, restored]);
    expect(await last.readRecord(kept)).toMatchObject({ reclaimPolicy: 'Retain' });
    const { path } = await last.restoreDirectory(restored);
    expect(readFileSync(join(path, 'data'), 'utf8')).toBe('messages');
    expect(await last.readRecord(restored)).toMatchObject({ reclaimPolicy: 'Retain' });
    expect(existsSync(join(basePath, kept, 'a/b/c/d/e/f/deep'))).toBe(true);
    expect(await last.listOrphans()).toEqual([]);
  });
});

describeUnless('disks', obstacles())('a file system that cannot be used says why, and what to do', () => {
  test.each<[what: string, mount: (workplace: string) => string, message: RegExp]>([
    [
      'it gives all files one owner',
      (workplace) => bindfs(workplace, '--force-user=1000', '--chown-ignore'),
      /belongs to user 1000.* option uid=0/,
    ],
    ['it lets every user write everywhere', (workplace) => mountExfat(workplace), /umask=077/],
  ])('%s', async (_, mount, message) => {
    const basePath = mount(workplace());
    for (const storage of [openStorage(basePath), openStorage(basePath)]) {
      const error = await refusalOf(storage.inspect());
      expect(error).toMatchObject({ reason: 'PermissionDenied', message: expect.stringMatching(message) });
    }
    expect(treeOf(basePath)).toEqual({});
  });

  test('a mode that it does not keep', async () => {
    const storage = openStorage(mountExfat(workplace(), '-o', 'umask=077'));
    const error = await refusalOf(storage.makeDirectory(recordOf(plain), anybody));
    expect(error).toMatchObject({
      reason: 'PermissionDenied',
      message: expect.stringMatching(/directoryMode to 0700/),
    });
  });
});
