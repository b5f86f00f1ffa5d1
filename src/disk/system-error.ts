import { constants } from 'node:os';
import util from 'node:util'; // by its default: an old Node lacks the function, and has to live until it can say that it is old
import { StorageError, type StorageReason } from './port.ts';

/** What the user is told for an errno: our reason, and what to do. */
const answers: Record<string, { reason: StorageReason; advice: string }> = {
  ENOSPC: { reason: 'NoSpace', advice: 'free space or inodes on that disk' },
  EDQUOT: { reason: 'NoSpace', advice: 'free space within the quota, or raise it' },
  EROFS: { reason: 'ReadOnly', advice: 'mount that disk writable' },
  EACCES: { reason: 'PermissionDenied', advice: 'let the daemon run as root; under SELinux, at level s0-s0:c0.c1023' },
  EPERM: {
    reason: 'PermissionDenied',
    advice:
      'let the daemon run as root; if it does, look for immutable files (lsattr), or use a file system that keeps owners and modes, which exFAT and CIFS do not',
  },
  ENOTSUP: {
    reason: 'StorageFailed',
    advice: 'the file system lacks that: use another one, such as ext4, XFS or btrfs',
  },
  ENOSYS: {
    reason: 'StorageFailed',
    advice: 'the file system lacks that: use another one, such as ext4, XFS or btrfs',
  },
  EBUSY: { reason: 'StorageFailed', advice: 'something is mounted or in use there: unmount it' },
  EIO: { reason: 'StorageFailed', advice: "the disk fails: see the node's kernel log" },
  EMFILE: { reason: 'StorageFailed', advice: "raise the daemon's limit of open files" },
  ENFILE: { reason: 'StorageFailed', advice: "raise the node's limit of open files" },
};

const unknown = { reason: 'StorageFailed', advice: 'see the log' } as const;

interface SystemError extends Error {
  code: string;
  errno: number;
  syscall: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error && 'errno' in error && 'syscall' in error;
}

/** libuv has no word of its own for a full quota, and calls it UNKNOWN. */
const errnoOfFullQuota = -constants.errno.EDQUOT;

const codeOf = ({ code, errno }: SystemError): string => (errno === errnoOfFullQuota ? 'EDQUOT' : code);

const textOf = ({ errno }: SystemError): string =>
  errno === errnoOfFullQuota ? 'disk quota exceeded' : util.getSystemErrorMessage(errno);

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return isSystemError(error) && codes.includes(codeOf(error));
}

/** Whether the disk or a quota is full, or has no inode left. */
export function isNoSpace(error: unknown): boolean {
  return hasCode(error, 'ENOSPC', 'EDQUOT');
}

/** An errno in words, such as "no space left on device (ENOSPC, write): free space or inodes on that disk". */
export function inWords(error: unknown): string {
  if (!isSystemError(error)) return error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  const { advice } = answers[code] ?? unknown;
  return `${textOf(error)} (${code}, ${error.syscall}): ${advice}`;
}

/** The one translation from what the system threw to what the storage throws. `deed` says what was tried, with its path. */
export function storageErrorOf(cause: unknown, deed: string): StorageError {
  if (cause instanceof StorageError) return cause;
  const { reason } = (isSystemError(cause) ? answers[codeOf(cause)] : undefined) ?? unknown;
  return new StorageError(reason, `cannot ${deed}: ${inWords(cause)}`, { cause });
}
