import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isRoot, mount, newStorage, openStorage, reasonOf, temporaryDirectory } from '../support.ts';

describe('the space of a base directory', () => {
  test('is not that of another one in its place', async () => {
    const { storage, basePath } = newStorage();
    await storage.inspect();
    renameSync(basePath, `${basePath}-away`);
    mkdirSync(basePath);
    expect(await reasonOf(storage.space())).toBe('BaseDirectoryMissing');
  });

  test.runIf(isRoot)('becomes less with what the volumes hold, down to nothing', async () => {
    const basePath = temporaryDirectory();
    mount('-t', 'tmpfs', '-o', 'size=1m,nr_inodes=100', 'small', basePath);
    const storage = openStorage(basePath);
    const empty = await storage.space();
    expect([empty.sizeBytes, empty.inodes]).toEqual([1024 * 1024, 100]);

    writeFileSync(join(basePath, 'some'), Buffer.alloc(512 * 1024));
    const half = await storage.space();
    expect(empty.freeBytes - half.freeBytes).toBe(512 * 1024);
    expect(empty.freeInodes - half.freeInodes).toBe(1);

    expect(() => writeFileSync(join(basePath, 'rest'), Buffer.alloc(1024 * 1024))).toThrow('ENOSPC');
    expect((await storage.space()).freeBytes).toBe(0);
  });
});
