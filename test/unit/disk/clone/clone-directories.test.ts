import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeSync } from 'fs-extra/esm';
import { describe, expect, test } from 'vitest';
import { until } from '../../../support/until.ts';
import { failAt } from '../faults.ts';
import { anybody, isRoot, mount, openStorage, recordOf, refusalOf, treeOf } from '../support.ts';
import { clone, cloneWhole, newSource, other, stateOf } from './clones.ts';

describe('mode and owner of a copy', () => {
  test('are those of its source', async () => {
    const { storage, path, basePath } = await newSource();
    chmodSync(path, 0o2750);
    await cloneWhole(storage);
    expect(lstatSync(join(basePath, other)).mode & 0o7777).toBe(0o2750);
  });

  test('are those of the class if it has an owner', async () => {
    const { storage, path, basePath } = await newSource();
    chmodSync(path, 0o2750);
    const owner = isRoot ? { uid: 1001, gid: 1002 } : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    await cloneWhole(storage, { mode: 0o2770, owner });
    const { mode, uid, gid } = lstatSync(join(basePath, other));
    expect({ mode: mode & 0o7777, uid, gid }).toEqual({ mode: 0o2770, ...owner });
  });
});

test('a copy that a process left unfinished is erased, and made anew from what the source is now', async () => {
  const { storage, basePath, path, unfinished } = await newSource();
  await clone(storage);
  await storage.close();
  mkdirSync(join(unfinished, 'old/deep'), { recursive: true });
  writeFileSync(join(path, 'new'), 'x');
  await cloneWhole(openStorage(basePath));
  expect(treeOf(join(basePath, other))).toEqual(treeOf(path));
  expect(existsSync(unfinished)).toBe(false);
});

test('a copy is not begun again because another process placed it', async () => {
  const { storage, basePath } = await newSource();
  await cloneWhole(storage);
  writeFileSync(join(basePath, other, 'of a pod'), 'x');
  expect(await clone(openStorage(basePath))).toMatchObject({ state: 'done', isNew: false });
  expect(readdirSync(join(basePath, other)).sort()).toEqual(['of a pod', 'topic-0']);
});

test('a directory that was made empty for the same claim is not taken for a copy', async () => {
  const { storage } = await newSource();
  await storage.makeDirectory(recordOf(other), anybody);
  expect(await refusalOf(clone(storage))).toMatchObject({ reason: 'DirectoryTaken' });
});

test('a failure is thrown once, when nothing is left of the copy, and the next call begins anew', async () => {
  const { storage, basePath, path, unfinished } = await newSource();
  mkdirSync(join(path, 'd/'.repeat(501)), { recursive: true });
  expect((await refusalOf(cloneWhole(storage))).message).toMatch(/^Cannot copy .*directories deep/);
  expect(existsSync(unfinished)).toBe(false);
  removeSync(join(path, 'd'));
  await cloneWhole(storage);
  expect(treeOf(join(basePath, other))).toEqual(treeOf(path));
});

test('a copy that somebody removed before it was placed is begun anew', async () => {
  const { storage, basePath, path, unfinished } = await newSource();
  await clone(storage);
  await until('the copy is written', () => existsSync(join(unfinished, 'topic-0', '0.log')));
  removeSync(unfinished);
  // The removal may fall into the copy, which then fails.
  await cloneWhole(storage).catch(() => cloneWhole(storage));
  expect(treeOf(join(basePath, other))).toEqual(treeOf(path));
});

test('a copy for which there is no record is not begun', async () => {
  const { storage, basePath } = await newSource();
  const before = stateOf(basePath);
  await refusalOf(failAt(0, 'ENOSPC', () => clone(storage)) as Promise<unknown>);
  expect(stateOf(basePath)).toEqual(before);
});

test.skipIf(!isRoot)('a source that something is mounted on is refused', async () => {
  const { storage, path } = await newSource();
  mount('-t', 'tmpfs', 'tmpfs', path);
  expect(await refusalOf(clone(storage))).toMatchObject({
    reason: 'DirectoryTaken',
    message: expect.stringMatching(/mount point/),
  });
});
