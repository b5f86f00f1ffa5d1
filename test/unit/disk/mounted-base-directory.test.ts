import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { removeSync } from 'fs-extra/esm';
import { describe, expect, test } from 'vitest';
import type { BaseDirectory, KnownBase } from '../../../src/disk/port.ts';
import {
  anybody,
  isRoot,
  mount,
  newStorage,
  openStorage,
  reasonOf,
  recordOf,
  refusalOf,
  temporaryDirectory,
  treeOf,
  volume,
} from './support.ts';

const disk = (basePath: string) => mount('-t', 'tmpfs', 'tmpfs', basePath);
const unmount = (basePath: string) => execFileSync('umount', [basePath]);
/** What volumes that were made now would tell. */
const toldBy = ({ path, id, mounted }: BaseDirectory): KnownBase => ({ path, id, mounted });

/** A storage that has its base directory through a mount of its own, as in a pod. */
async function newStorageInPod() {
  const onNode = join(temporaryDirectory(), 'base');
  const inPod = temporaryDirectory();
  mkdirSync(onNode);
  mount('--bind', onNode, inPod);
  const storage = openStorage(inPod);
  await storage.inspect();
  return { storage, onNode };
}

describe.skipIf(!isRoot)('a base directory that is mounted (as root)', () => {
  test('refuses, in a pod, what was removed on the node, although another is there now', async () => {
    const { storage, onNode } = await newStorageInPod();
    removeSync(onNode);
    mkdirSync(onNode);
    for (const operation of [() => storage.inspect(), () => storage.makeDirectory(recordOf(volume), anybody)]) {
      expect(await refusalOf(operation())).toMatchObject({
        reason: 'BaseDirectoryMissing',
        message: expect.stringMatching(/removed .*mkdir -p .*kubectl delete pod/),
      });
    }
    expect(treeOf(onNode)).toEqual({});
  });

  test('refuses, in a pod, what was moved on the node, until it is back', async () => {
    const { storage, onNode } = await newStorageInPod();
    renameSync(onNode, `${onNode}.old`);
    for (const operation of [() => storage.inspect(), () => storage.makeDirectory(recordOf(volume), anybody)]) {
      expect(await refusalOf(operation())).toMatchObject({
        reason: 'BaseDirectoryMissing',
        message: expect.stringMatching(/moved .*\/base\.old.*kubectl delete pod/),
      });
    }
    renameSync(`${onNode}.old`, onNode);
    await storage.inspect();
    await storage.makeDirectory(recordOf(volume), anybody);
    expect(readdirSync(onNode)).toContain(volume);
  });

  test('tells a disk that is mounted there, its file system, and that it was unmounted, and finds it again', async () => {
    const { storage, basePath } = newStorage();
    disk(basePath);
    const found = await storage.inspect();
    expect(found).toMatchObject({ mounted: true, fileSystem: 'tmpfs' });
    await storage.makeDirectory(recordOf(volume), anybody);
    mount('--make-private', basePath);
    const aside = join(basePath, '..', 'aside');
    mkdirSync(aside);
    mount('--bind', basePath, aside);
    unmount(basePath);
    expect(await reasonOf(storage.inspect())).toBe('BaseDirectoryNotMounted');
    expect(await reasonOf(storage.makeDirectory(recordOf(volume), anybody))).toBe('BaseDirectoryNotMounted');
    expect(treeOf(basePath)).toEqual({});
    mount('--bind', aside, basePath);
    expect(await storage.inspect()).toEqual(found);
    expect(await storage.locate(volume)).toBe('base');
  });

  test('refuses another disk over the one with the volumes, and writes nothing on it', async () => {
    const { basePath } = newStorage();
    let known: KnownBase[] = [];
    const storage = openStorage(basePath, { knownBases: () => known });
    disk(basePath);
    known = [toldBy(await storage.inspect())];
    disk(basePath);
    const error = await refusalOf(storage.inspect());
    expect(error.reason).toBe('BaseDirectoryReplaced');
    expect(error.message).toContain(`base.json has the id ${known[0]?.id}`);
    expect(await reasonOf(openStorage(basePath, { knownBases: () => known }).inspect())).toBe('BaseDirectoryReplaced');
    expect(treeOf(basePath)).toEqual({});
    known = [];
    await storage.inspect();
  });

  test('refuses a disk over a directory with volumes, and finds them again when it is taken away', async () => {
    const { basePath } = newStorage();
    let known: KnownBase[] = [];
    const storage = openStorage(basePath, { knownBases: () => known });
    const found = await storage.inspect();
    known = [toldBy(found)];
    disk(basePath);
    expect(await reasonOf(storage.inspect())).toBe('BaseDirectoryReplaced');
    expect(treeOf(basePath)).toEqual({});
    unmount(basePath);
    expect(await storage.inspect()).toEqual(found);
  });

  test('holds nothing open between operations, so that the disk can be unmounted', async () => {
    const { storage, basePath } = newStorage();
    disk(basePath);
    await storage.makeDirectory(recordOf(volume), anybody);
    await storage.trashDirectory(volume);
    await storage.eraseTrash(volume);
    unmount(basePath);
  });

  test('finds the mount of a path with spaces', async () => {
    const basePath = join(temporaryDirectory(), 'a disk\tof "mine"\\');
    mkdirSync(basePath);
    disk(basePath);
    expect(await openStorage(basePath).inspect()).toMatchObject({ mounted: true, fileSystem: 'tmpfs' });
  });

  test('refuses a read-only file system, before first use and when it turns read-only later', async () => {
    const { storage, basePath } = newStorage();
    mount('-t', 'tmpfs', '-o', 'ro', 'tmpfs', basePath);
    const error = await refusalOf(storage.inspect());
    expect(error.reason).toBe('ReadOnly');
    mount('-o', 'remount,rw', basePath);
    await storage.inspect();
    mount('-o', 'remount,ro', basePath);
    expect(await reasonOf(storage.inspect())).toBe('ReadOnly');
    expect(await reasonOf(storage.makeDirectory(recordOf(volume), anybody))).toBe('ReadOnly');
    mount('-o', 'remount,rw', basePath);
    await storage.makeDirectory(recordOf(volume), anybody);
  });

  test('refuses a read-only bind mount', async () => {
    const { storage, basePath } = newStorage();
    await storage.inspect();
    mount('--bind', basePath, basePath);
    mount('-o', 'remount,ro,bind', basePath);
    expect(await reasonOf(storage.inspect())).toBe('ReadOnly');
  });
});
