import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  isMountPoint,
  type Mount,
  mountOf,
  parseMounts,
  pathWithin,
  readMounts,
} from '../../../../src/disk/base/mount.ts';

test.each([
  [
    'a plain mount',
    '36 35 98:0 / /mnt/data rw,noatime - ext4 /dev/sda1 rw',
    { id: '36', root: '/', point: '/mnt/data', fileSystem: 'ext4' },
  ],
  [
    'optional fields',
    '36 35 98:0 /mnt1 /mnt2 rw master:1 propagate_from:2 unbindable - xfs /dev/sda1 rw',
    { id: '36', root: '/mnt1', point: '/mnt2', fileSystem: 'xfs' },
  ],
  [
    'spaces, tabs, newlines and backslashes in a path',
    '7 1 0:5 /a\\040b /c\\011d\\012e\\134f rw - tmpfs tmpfs rw',
    { id: '7', root: '/a b', point: '/c\td\ne\\f', fileSystem: 'tmpfs' },
  ],
  [
    'a file system type with a dot',
    '7 1 0:5 / /m rw - fuse.sshfs a:b rw',
    { id: '7', root: '/', point: '/m', fileSystem: 'fuse.sshfs' },
  ],
])('reads %s', (_, line, mount) => {
  expect(parseMounts(`${line}\n`)).toEqual([mount]);
});

test('passes over what is not a mount', () => {
  expect(parseMounts('\nnonsense\n1 2 3\n')).toEqual([]);
});

test('finds the mount of an open directory, and its path there', () => {
  const descriptor = openSync('/proc/sys', 'r');
  const mount = mountOf(descriptor, readMounts());
  expect(mount).toMatchObject({ point: '/proc', fileSystem: 'proc' });
  expect(mount && pathWithin(mount, descriptor)).toBe('/sys');
  closeSync(descriptor);
});

test.each<[what: string, root: string, onNode: boolean, inPod: boolean]>([
  ['the top of a file system', '/', true, true],
  ['a subvolume of another name', '/@data', true, true],
  ['a subvolume of the same name', '/@/volumes', true, false],
  ['a directory that is mounted here from elsewhere', '/srv/kafka', true, true],
  ['a directory, as a pod has it', '/var/lib/volumes', true, false],
])('a mount point: %s', (_, root, onNode, inPod) => {
  const mount: Mount = { id: '8', root, point: '/var/lib/volumes', fileSystem: 'btrfs' };
  expect(isMountPoint(mount, '/var/lib/volumes', { inPod: false })).toBe(onNode);
  expect(isMountPoint(mount, '/var/lib/volumes', { inPod: true })).toBe(inPod);
});

test('a directory within a mount is no mount point', () => {
  const mount: Mount = { id: '8', root: '/', point: '/var/lib', fileSystem: 'ext4' };
  expect(isMountPoint(mount, '/var/lib/volumes', { inPod: false })).toBe(false);
  expect(isMountPoint(undefined, '/var/lib/volumes', { inPod: false })).toBe(false);
});
