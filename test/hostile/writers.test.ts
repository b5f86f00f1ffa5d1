import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fingerprint } from '../support/fingerprint.ts';
import { anybody, memory, newStorage, recordOf } from '../unit/storage/support.ts';
import { scaled } from './scale.ts';
import { TenantProcess } from './tenant-process.ts';

test('a tenant goes on making files and directories in every directory while we erase: that ends, and the next try erases the rest', async () => {
  const { storage, basePath, decoyPath } = newStorage(memory);
  const before = fingerprint(decoyPath);
  const tenant = new TenantProcess();
  let hit = 0;
  for (let race = 0, wanted = scaled({ usual: 20, full: 500 }); hit < wanted; race++) {
    const name = `pvc-${race}`;
    const { path } = await storage.makeDirectory(recordOf(name), anybody);
    for (const directory of ['a/x', 'b']) mkdirSync(join(path, directory), { recursive: true });
    await storage.trashDirectory(name);
    const attacked = join(basePath, '.hostpath-provisioner', 'trash', name, 'directory');
    const { hits } = await tenant.during('fill', { path: attacked, decoy: decoyPath }, () => storage.eraseTrash(name));
    if (hits > 0) hit++;
    expect(await storage.eraseTrash(name)).toMatchObject({ result: 'erased' });
  }
  expect(fingerprint(decoyPath)).toEqual(before);
});
