import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { erase } from '../../src/disk/trash/erase.ts';
import { fingerprint } from '../support/fingerprint.ts';
import { memory } from '../support/memory.ts';
import { neverOver, temporaryDirectory } from '../unit/disk/support.ts';
import { scaled } from './scale.ts';
import { TenantProcess } from './tenant-process.ts';

const directories = ['.', 'a', 'b', 'a/x', 'b/x', 'a/x/y', 'b/x/y', 'a/x/y/z'];
const files = ['1', '2', '3', '4'];

/** The same names in the volume and in the decoy, so that a walk that is led astray finds what it looks for. */
function fill(path: string): void {
  for (const directory of directories) {
    mkdirSync(join(path, directory), { recursive: true });
    for (const file of files) writeFileSync(join(path, directory, file), 'precious');
  }
}

test('a tenant swaps directories for links at every depth while we erase: nothing outside is changed by one byte', async ({
  annotate,
}) => {
  const wanted = { races: scaled({ usual: 2_000, full: 10_000 }), hit: scaled({ usual: 500, full: 2_500 }) };
  const parent = temporaryDirectory(memory);
  const trash = join(parent, 'trash');
  const decoy = join(parent, 'decoy');
  fill(decoy);
  const before = fingerprint(decoy);
  const tenant = new TenantProcess();
  let races = 0;
  let hit = 0;
  let swaps = 0;
  for (; races < wanted.races || hit < wanted.hit; races++) {
    const job = { parent: trash, shownParent: trash, volume: `pvc-${races}`, hasRecord: true };
    const path = join(trash, job.volume, 'directory');
    fill(path);
    const { hits } = await tenant.during('swap-directories', { path, decoy }, () => erase(job, neverOver));
    if (hits > 0) hit++;
    swaps += hits;
    // What the tenant hid under another name meanwhile is left, and found by the next try.
    expect(erase(job, neverOver)).toMatchObject({ result: 'erased' });
    expect(fingerprint(decoy)).toEqual(before);
  }
  await annotate(`${races} races, ${hit} of them with swaps during the walk (${swaps} rounds of swaps), 0 escapes`);
});

test('the race is a real one: the same tenant leads fs.rm out of the volume, again and again', async ({ annotate }) => {
  const wanted = scaled({ usual: 10, full: 200 });
  const parent = temporaryDirectory(memory);
  const path = join(parent, 'volume');
  const decoy = join(parent, 'decoy');
  const tenant = new TenantProcess();
  let races = 0;
  let escapes = 0;
  for (; escapes < wanted; races++) {
    for (const tree of [path, decoy]) fill(tree);
    const before = fingerprint(decoy);
    // It may end with an error, as what it was to remove has gone: what counts is what it did outside.
    await tenant.during('swap-directories', { path, decoy }, () =>
      rm(path, { recursive: true }).catch(() => undefined),
    );
    if (fingerprint(decoy).join('\n') !== before.join('\n')) escapes++;
    for (const tree of [path, decoy]) rmSync(tree, { recursive: true, force: true });
  }
  await annotate(`fs.rm: ${races} races, ${escapes} escapes`);
});
