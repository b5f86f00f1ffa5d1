import { expect, test } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import { storageErrorOf } from '../../../src/disk/system-error.ts';
import { systemError } from './faults.ts';

test.each([
  ['ENOSPC', 'NoSpace', /^cannot make \/b\/pvc-1: no space left on device \(ENOSPC, mkdir\): free space or inodes/],
  ['EDQUOT', 'NoSpace', /\(EDQUOT, mkdir\): free space within the quota/],
  ['EROFS', 'ReadOnly', /read-only file system \(EROFS, mkdir\): mount that disk writable/],
  [
    'EACCES',
    'PermissionDenied',
    /permission denied \(EACCES, mkdir\): let the daemon run as root; under SELinux, at level s0-s0:c0.c1023$/,
  ],
  ['EPERM', 'PermissionDenied', /operation not permitted \(EPERM, mkdir\).*immutable/],
  ['EBUSY', 'StorageFailed', /\(EBUSY, mkdir\): something is mounted .*: unmount it/],
  ['EIO', 'StorageFailed', /i\/o error \(EIO, mkdir\): the disk fails/],
  ['EMFILE', 'StorageFailed', /too many open files \(EMFILE, mkdir\): raise/],
  ['EXDEV', 'StorageFailed', /\(EXDEV, mkdir\): see the log/],
] as const)('says %s in words: what, where, why, and what to do', (code, reason, message) => {
  const cause = systemError(code, 'mkdir');
  const error = storageErrorOf(cause, 'make /b/pvc-1');
  expect(error).toBeInstanceOf(StorageError);
  expect(error.reason).toBe(reason);
  expect(error.message).toMatch(message);
  expect(error.cause).toBe(cause);
});

test('knows a full quota, which Node does not, by its number', () => {
  const cause = Object.assign(systemError('EDQUOT', 'write'), { code: 'UNKNOWN' });
  const error = storageErrorOf(cause, 'make /b/pvc-1');
  expect(error.reason).toBe('NoSpace');
  expect(error.message).toMatch(/disk quota exceeded \(EDQUOT, write\): free space within the quota/);
});

test.each([new TypeError('of ours'), 'a text', undefined])('takes anything else for a failure: %s', (cause) => {
  expect(storageErrorOf(cause, 'make /b/pvc-1').reason).toBe('StorageFailed');
});

test('leaves a StorageError as it is', () => {
  const error = new StorageError('DirectoryTaken', 'taken');
  expect(storageErrorOf(error, 'make /b/pvc-1')).toBe(error);
});
