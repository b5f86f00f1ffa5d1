import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { VolumeStorage } from '../../src/disk/port.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { anybody, eraseWhole, openStorage, recordOf, volume } from '../unit/disk/support.ts';
import { Disk, mounted, workplace } from './disk.ts';
import { obstacles } from './obstacles.ts';

/** What a tenant does in its volume. */
function asTenant(path: string, script: string): void {
  execFileSync('setpriv', ['--reuid=1001', '--regid=1001', '--clear-groups', 'sh', '-e', '-c', script], { cwd: path });
}

describeUnless('disks', obstacles())('what a tenant makes on btrfs', () => {
  let storage: VolumeStorage;
  let path: string;
  let basePath: string;

  beforeEach(async () => {
    basePath = join(new Disk('btrfs', workplace()).mount().point, 'base');
    mkdirSync(basePath);
    storage = openStorage(basePath);
    ({ path } = await storage.makeDirectory(recordOf(volume), anybody));
  });

  test('subvolumes and writable snapshots are erased with all that is in them', async () => {
    asTenant(
      path,
      `mkdir a; btrfs subvolume create a/sub; mkdir -p a/sub/x/y; btrfs subvolume create a/sub/x/inner
       echo data | tee a/sub/data a/sub/x/y/data a/sub/x/inner/data; btrfs subvolume snapshot a/sub copy; btrfs subvolume create empty`,
    );
    await storage.trashDirectory(volume);
    expect(await eraseWhole(storage, volume)).toMatchObject({ result: 'erased' });
    expect(await storage.locate(volume)).toBe('nowhere');
  });

  test('depth keeps nothing from being erased, neither of directories nor of subvolumes', async () => {
    asTenant(
      path,
      `btrfs subvolume create deep; cd deep
       for level in $(seq 300); do mkdir d; cd d; echo data > data; done
       for level in $(seq 30); do btrfs subvolume create sub; mkdir sub/d; cd sub/d; done`,
    );
    await storage.trashDirectory(volume);
    expect(await eraseWhole(storage, volume)).toMatchObject({ result: 'erased' });
  });

  test.each([
    ['at the top', 'btrfs subvolume snapshot -r sub frozen'],
    ['in a directory', 'mkdir -p a/b; btrfs subvolume snapshot -r sub a/b/frozen'],
    ['in a directory of a subvolume', 'mkdir -p sub/a/b; btrfs subvolume snapshot -r sub sub/a/b/frozen'],
  ])('a read-only snapshot %s is left alone, with the command that removes it', async (_, make) => {
    asTenant(path, `btrfs subvolume create sub; echo data > sub/data; ${make}; echo data > other`);
    await storage.trashDirectory(volume);
    const left = await eraseWhole(storage, volume);
    expect(left).toMatchObject({ result: 'left', problems: [expect.stringContaining('is a read-only snapshot')] });
    const [problem = ''] = left.result === 'left' ? left.problems : [];
    const [, command = ''] = /\((btrfs subvolume delete .*)\)$/.exec(problem) ?? [];
    execFileSync('sh', ['-c', command]);
    expect(await eraseWhole(storage, volume)).toMatchObject({ result: 'erased' });
  });

  test('a file system that is mounted in a subvolume is never entered', async () => {
    asTenant(path, 'btrfs subvolume create sub; mkdir -p sub/a/point; echo data > sub/data');
    const point = mounted(join(path, 'sub/a/point'), '-t', 'tmpfs', 'tmpfs');
    chmodSync(point, 0o777);
    writeFileSync(join(point, 'precious'), 'x');
    await storage.trashDirectory(volume);
    const left = await eraseWhole(storage, volume);
    expect(left).toMatchObject({ result: 'left', problems: [expect.stringMatching(/unmount it/)] });
    const [where = ''] = left.result === 'left' ? (left.problems[0]?.split(': ') ?? []) : [];
    expect(existsSync(join(where, 'precious'))).toBe(true);
    execFileSync('umount', [where]);
    expect(await eraseWhole(storage, volume)).toMatchObject({ result: 'erased' });
  });
});
