import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isTopOf, mountOf, parseMounts } from '../../../src/storage/mount.ts';

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

test('finds the mount of an open directory', () => {
  const descriptor = openSync('/proc', 'r');
  expect(mountOf(descriptor)).toMatchObject({ point: '/proc', fileSystem: 'proc' });
  expect(isTopOf(mountOf(descriptor), descriptor)).toBe(true);
  closeSync(descriptor);
});

test('a directory within a mount is not its top', () => {
  const descriptor = openSync('/proc/self', 'r');
  expect(mountOf(descriptor)).toMatchObject({ point: '/proc' });
  expect(isTopOf(mountOf(descriptor), descriptor)).toBe(false);
  closeSync(descriptor);
});
