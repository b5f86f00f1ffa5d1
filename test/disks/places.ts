import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Disk, mounted, run, unmount } from './disk.ts';

/** A base directory on a file system of some kind. */
export interface Place {
  what: string;
  /** Mounts it in a workplace, until the test is over, and says where the base directory is. */
  mount(workplace: string): string;
  /** What the file system lacks. */
  lacks?: 'modes';
}

/** The top of a disk of its own, with what `mkfs` makes there. */
const disk = (kind: 'ext4' | 'xfs' | 'btrfs'): Place => ({
  what: kind,
  mount: (workplace) => new Disk(kind, workplace).mount().point,
});

/** A loop device, until the test is over. */
export function loopDevice(image: string): string {
  const device = run('losetup', '--find', '--show', image).trim();
  onTestFinished(() => void run('losetup', '--detach', device));
  return device;
}

export function mountExfat(workplace: string, ...options: string[]): string {
  const image = join(workplace, 'exfat.img');
  run('truncate', '--size=64M', image);
  run('mkfs.exfat', image);
  const point = join(workplace, 'exfat');
  mkdirSync(point);
  run('mount.exfat-fuse', ...options, loopDevice(image), point);
  onTestFinished(() => unmount(point));
  return point;
}

/** Another view of a directory, through FUSE. */
export function bindfs(workplace: string, ...options: string[]): string {
  const source = join(workplace, 'source');
  const point = join(workplace, 'bindfs');
  mkdirSync(source);
  mkdirSync(point);
  run('bindfs', ...options, source, point);
  onTestFinished(() => unmount(point));
  return point;
}

export const places: Place[] = [
  disk('ext4'),
  disk('xfs'),
  disk('btrfs'),
  {
    what: 'a subvolume of btrfs, mounted by its name',
    mount(workplace) {
      const { point } = new Disk('btrfs', workplace).mount();
      run('btrfs', 'subvolume', 'create', join(point, '@volumes'));
      const source = run('findmnt', '--noheadings', '--output', 'SOURCE', point).trim();
      return mounted(join(workplace, 'base'), '--options', 'subvol=@volumes', source);
    },
  },
  {
    what: 'a directory of another disk, mounted as fstab does',
    mount(workplace) {
      const { point } = new Disk('ext4', workplace).mount();
      mkdirSync(join(point, 'kept'));
      return mounted(join(workplace, 'base'), '--bind', join(point, 'kept'));
    },
  },
  { what: 'tmpfs', mount: (workplace) => mounted(join(workplace, 'base'), '-t', 'tmpfs', 'tmpfs') },
  {
    what: 'overlay',
    mount(workplace) {
      const parts = mounted(join(workplace, 'parts'), '-t', 'tmpfs', 'tmpfs');
      const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) => join(parts, name)) as [
        string,
        string,
        string,
      ];
      for (const part of [lower, upper, work]) mkdirSync(part);
      const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
      return mounted(join(workplace, 'base'), '-t', 'overlay', '-o', options, 'overlay');
    },
  },
  {
    what: 'exFAT, mounted for root alone',
    mount: (workplace) => mountExfat(workplace, '-o', 'umask=077'),
    lacks: 'modes',
  },
  { what: 'bindfs', mount: (workplace) => bindfs(workplace) },
];
