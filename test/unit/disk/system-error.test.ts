import { expect, test } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import { storageErrorOf } from '../../../src/disk/system-error.ts';
import { systemError } from './faults.ts';

test.each([
  ['ENOSPC', 'NoSpace', 'no space left on device'],
  ['EDQUOT', 'NoSpace', 'quota'],
  ['EROFS', 'ReadOnly', 'read-only file system'],
  ['EACCES', 'PermissionDenied', 'SELinux'],
  ['EPERM', 'PermissionDenied', 'lsattr'],
  ['EBUSY', 'StorageFailed', 'unmount it'],
  ['EIO', 'StorageFailed', 'kernel log'],
  ['EMFILE', 'StorageFailed', 'too many open files'],
  ['EXDEV', 'StorageFailed', 'log'],
] as const)('%s is %s, and the message has the object, the errno, and what helps: %s', (code, reason, help) => {
  const cause = systemError(code, 'mkdir');
  const error = storageErrorOf(cause, 'make /b/pvc-1');
  expect(error).toMatchObject({ reason, cause });
  for (const part of ['/b/pvc-1', `(${code}, mkdir)`, help]) expect(error.message).toContain(part);
});

test('knows a full quota, which Node does not, by its number', () => {
  const cause = Object.assign(systemError('EDQUOT', 'write'), { code: 'UNKNOWN' });
  const error = storageErrorOf(cause, 'make /b/pvc-1');
  expect(error).toMatchObject({ reason: 'NoSpace', message: expect.stringContaining('(EDQUOT, write)') });
});

test.each([new TypeError('of ours'), 'a text', undefined])('takes anything else for a failure: %s', (cause) => {
  expect(storageErrorOf(cause, 'make /b/pvc-1').reason).toBe('StorageFailed');
});

test('leaves a StorageError as it is', () => {
  const error = new StorageError('DirectoryTaken', 'taken');
  expect(storageErrorOf(error, 'make /b/pvc-1')).toBe(error);
});
