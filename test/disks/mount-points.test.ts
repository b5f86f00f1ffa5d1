import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { outputFileSync } from 'fs-extra/esm';
import { expect, test } from 'vitest';
import type { BaseDirectory, KnownBase } from '../../src/disk/port.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { Disk, mounted, run, unmount, workplace } from './disk.ts';
import { obstacles } from './obstacles.ts';

type Place = 'node' | 'pod';

/** What the daemon finds, as a process of the node or in a pod that has the base directory at the same path. */
function look(
  place: Place,
  basePath: string,
  known: KnownBase[] = [],
): BaseDirectory | { reason: string; message: string } {
  const hosts = join(dirname(basePath), 'pods/1/etc-hosts'); // by which a process sees that it is in a pod
  outputFileSync(hosts, '');
  const enter = place === 'node' ? '' : `mount --bind ${hosts} /etc/hosts && mount --bind ${basePath} ${basePath} &&`;
  const command = `${enter} exec "$@"`;
  const program = [process.execPath, join(import.meta.dirname, 'look-at-base.ts'), basePath, JSON.stringify(known)];
  const output = execFileSync('unshare', ['--mount', 'sh', '-c', command, 'sh', ...program], { encoding: 'utf8' });
  return JSON.parse(output);
}

/** Ways in which fstab has a disk at a path: each makes what is mounted there, and says where to look. */
const ways: [what: string, mountAt: (place: string, basePath: string) => void][] = [
  [
    'a file system',
    (place, basePath) => {
      const disk = new Disk('ext4', place).mount();
      run('mount', '--bind', disk.point, basePath);
    },
  ],
  [
    'a subvolume of btrfs',
    (place, basePath) => {
      const disk = new Disk('btrfs', place).mount();
      run('btrfs', 'subvolume', 'create', join(disk.point, '@data'));
      const source = run('findmnt', '--noheadings', '--output', 'SOURCE', disk.point).trim();
      run('mount', '--options', 'subvol=@data', source, basePath);
    },
  ],
  [
    'a directory of another disk',
    (place, basePath) => {
      const disk = new Disk('xfs', place).mount();
      mkdirSync(join(disk.point, 'volumes-of-this-node'));
      run('mount', '--bind', join(disk.point, 'volumes-of-this-node'), basePath);
    },
  ],
];

describeUnless('disks', obstacles())('a mount point', () => {
  for (const place of ['node', 'pod'] as const) {
    test.each(ways)(`is one to a daemon in a ${place}, and is missed when it is unmounted: %s`, (_, mountAt) => {
      const around = workplace();
      const basePath = mounted(join(around, 'base-mounts'), '-t', 'tmpfs', 'tmpfs');
      const point = join(basePath, 'base');
      mkdirSync(point);
      mountAt(around, point);
      const found = look(place, point) as BaseDirectory;
      expect(found).toMatchObject({ path: point, mounted: true });
      unmount(point);
      const { path, id, mounted: wasMounted } = found;
      expect(look(place, point, [{ path, id, mounted: wasMounted }])).toMatchObject({
        reason: 'BaseDirectoryNotMounted',
      });
      expect(readdirSync(point)).toEqual([]);
    });

    test(`is not what is a directory to a daemon in a ${place}`, () => {
      const point = join(workplace(), 'base');
      mkdirSync(point);
      expect(look(place, point)).toMatchObject({ mounted: false });
    });
  }
});
