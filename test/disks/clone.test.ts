import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { clonePath, stateName } from '../../src/disk/layout.ts';
import type { VolumeStorage } from '../../src/disk/port.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { cloneWhole, other } from '../unit/disk/clone/clones.ts';
import { anybody, openStorage, recordOf, refusalOf, treeOf, volume } from '../unit/disk/support.ts';
import { Disk, type DiskKind, type DiskOptions, diskKinds, run, workplace } from './disk.ts';
import { obstacles } from './obstacles.ts';

const mebibyte = 1024 ** 2;

/** A volume on a disk of its own, and where its copy grows. */
async function onDisk(kind: DiskKind, options: DiskOptions = {}) {
  const { point } = new Disk(kind, workplace(), options).mount();
  const basePath = join(point, 'base');
  mkdirSync(basePath);
  const storage = openStorage(basePath);
  const { path } = await storage.makeDirectory(recordOf(volume), anybody);
  return {
    storage,
    basePath,
    path,
    copy: join(basePath, other),
    unfinished: join(basePath, stateName, clonePath(other)),
  };
}

function usedBytes(path: string): number {
  run('sync', '--file-system', path);
  const { blocks, bfree, bsize } = statfsSync(path);
  return (blocks - bfree) * bsize;
}

describeUnless('disks', obstacles()).each(diskKinds)('a copy on %s', (kind) => {
  test('is the same to the byte, and takes no space of its own where blocks can be shared', async () => {
    const { storage, path, copy, basePath } = await onDisk(kind, { sizeMiB: 400 });
    writeFileSync(join(path, 'log'), Buffer.alloc(64 * mebibyte, 'messages'));
    execFileSync('sh', ['-ec', 'truncate -s 1G hole; mkdir -p a/b; ln log a/b/log; ln -s log link'], { cwd: path });
    const before = usedBytes(basePath);
    await cloneWhole(storage);
    const taken = usedBytes(basePath) - before;
    run('diff', '--recursive', '--no-dereference', path, copy);
    expect(lstatSync(join(copy, 'log')).ino).toBe(lstatSync(join(copy, 'a/b/log')).ino);
    if (kind === 'ext4') expect(taken).toBeLessThan(80 * mebibyte);
    else expect(taken).toBeLessThan(8 * mebibyte);
  });
});

/** Space for a volume of 40 MiB, but not for two. */
const tight: { where: string; kind: DiskKind; sizeMiB: number; limit?: (basePath: string) => void }[] = [
  { where: 'on the disk', kind: 'ext4', sizeMiB: 64 },
  {
    where: 'within a quota',
    kind: 'btrfs',
    sizeMiB: 200,
    limit: (basePath) => {
      run('sync', '--file-system', basePath);
      run('btrfs', 'quota', 'enable', basePath);
      run('btrfs', 'quota', 'rescan', '-w', basePath);
      run('btrfs', 'qgroup', 'limit', '60M', '0/5', basePath);
    },
  },
];

describeUnless('disks', obstacles())('a copy for which there is no space', () => {
  test.each(tight)('$where fails, says so, and leaves nothing of it', async ({ kind, sizeMiB, limit }) => {
    const { storage, path, copy, unfinished, basePath } = await onDisk(kind, { sizeMiB });
    // Without checksums, a file of btrfs does not share its blocks.
    if (kind === 'btrfs') run('chattr', '+C', path);
    writeFileSync(join(path, 'log'), randomBytes(40 * mebibyte));
    limit?.(basePath);
    const message = expect.stringMatching(`^Cannot copy ${path}/log to volume ${other}: `);
    expect(await refusalOf(cloneWhole(storage))).toMatchObject({ reason: 'NoSpace', message });
    expect([existsSync(copy), existsSync(unfinished)]).toEqual([false, false]);
  });
});

describeUnless('disks', obstacles())('a copy of what a tenant made on btrfs', () => {
  let storage: VolumeStorage;
  let path: string;
  let copy: string;
  beforeEach(async () => {
    ({ storage, path, copy } = await onDisk('btrfs'));
  });

  test('has subvolumes and snapshots as plain directories', async () => {
    execFileSync(
      'sh',
      [
        '-ec',
        'btrfs subvolume create sub; echo x > sub/file; ln sub/file sub/link; btrfs subvolume snapshot -r sub frozen',
      ],
      { cwd: path },
    );
    expect(await cloneWhole(storage)).toMatchObject({ state: 'done', skipped: 0 });
    expect(treeOf(copy)).toEqual(treeOf(path));
    for (const name of ['sub', 'frozen']) expect(lstatSync(join(copy, name)).dev).toBe(lstatSync(copy).dev);
  });

  test('has files without checksums, which share no blocks with others', async () => {
    execFileSync('sh', ['-ec', 'mkdir no; chattr +C no; echo messages > no/file'], { cwd: path });
    await cloneWhole(storage);
    expect(treeOf(copy)).toEqual(treeOf(path));
  });
});
