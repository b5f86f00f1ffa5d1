import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Erasure } from '../../src/disk/port.ts';
import { fingerprint } from '../support/fingerprint.ts';
import { memory } from '../support/memory.ts';
import { until } from '../support/until.ts';
import { anybody, newStorage, recordOf } from '../unit/disk/support.ts';
import { scaled } from './scale.ts';
import { TenantProcess } from './tenant-process.ts';

test('a tenant goes on making files and directories in every directory while we erase: that ends, and later tries erase the rest', async () => {
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
    await until('the rest is erased', async () => (await storage.eraseTrash(name)).result === 'erased');
  }
  expect(fingerprint(decoyPath)).toEqual(before);
});

test('a tenant goes on making a directory in the one made last: the trash of others is erased meanwhile, and it is told', async () => {
  const { storage, basePath, decoyPath } = newStorage(memory);
  const before = fingerprint(decoyPath);
  const tenant = new TenantProcess();
  let nested: Erasure;
  // On a busy machine the erasing may come up with the tenant, who then has no directory any more to go on in.
  do {
    for (const name of ['pvc-nested', 'pvc-1', 'pvc-2']) {
      await storage.makeDirectory(recordOf(name), anybody);
      await storage.trashDirectory(name);
    }
    const attacked = join(basePath, '.hostpath-provisioner', 'trash', 'pvc-nested', 'directory');
    const { result } = await tenant.during('nest', { path: attacked, decoy: decoyPath }, () =>
      Promise.all(['pvc-nested', 'pvc-1', 'pvc-2'].map((name) => storage.eraseTrash(name))),
    );
    const [first, ...others] = result;
    expect(others).toEqual([
      { result: 'erased', entries: 1 },
      { result: 'erased', entries: 1 },
    ]);
    nested = first as Erasure;
    await until('the rest is erased', async () => (await storage.eraseTrash('pvc-nested')).result === 'erased');
  } while (nested.result === 'erased');
  expect(nested).toMatchObject({ result: 'left', problems: [expect.stringMatching(/stop the process/)] });
  expect(fingerprint(decoyPath)).toEqual(before);
});
