import { constants } from 'node:os';
import util from 'node:util'; // the default import: an old Node lacks the function, and must run until it can say that it is too old
import { StorageError, type StorageReason } from './port.ts';

/** The reason and the advice for an errno. */
const answers: Record<string, { reason: StorageReason; advice: string }> = {
  ENOSPC: { reason: 'NoSpace', advice: 'Free space or inodes on that disk' },
  EDQUOT: { reason: 'NoSpace', advice: 'Free space within the quota, or raise the quota' },
  EROFS: { reason: 'ReadOnly', advice: 'Mount that disk writable' },
  EACCES: { reason: 'PermissionDenied', advice: 'Run the daemon as root; under SELinux, at level s0-s0:c0.c1023' },
  EPERM: {
    reason: 'PermissionDenied',
    advice:
      'Run the daemon as root. If it runs as root, look for immutable files (lsattr), or use a file system that keeps owners and modes, unlike exFAT and CIFS',
  },
  ENOTSUP: {
    reason: 'StorageFailed',
    advice: 'The file system lacks that: use another one, such as ext4, XFS or btrfs',
  },
  ENOSYS: {
    reason: 'StorageFailed',
    advice: 'The file system lacks that: use another one, such as ext4, XFS or btrfs',
  },
  EBUSY: { reason: 'StorageFailed', advice: 'Something is mounted or in use there: unmount it' },
  EIO: { reason: 'StorageFailed', advice: "The disk fails: see the node's kernel log" },
  EMFILE: { reason: 'StorageFailed', advice: "Raise the daemon's limit of open files" },
  ENFILE: { reason: 'StorageFailed', advice: "Raise the node's limit of open files" },
};

const unknown = { reason: 'StorageFailed', advice: 'See the log' } as const;

interface SystemError extends Error {
  code: string;
  errno: number;
  syscall: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error && 'errno' in error && 'syscall' in error;
}

/** libuv has no name for a full quota, and calls it UNKNOWN. */
const errnoOfFullQuota = -constants.errno.EDQUOT;

const codeOf = ({ code, errno }: SystemError): string => (errno === errnoOfFullQuota ? 'EDQUOT' : code);

const textOf = ({ errno }: SystemError): string =>
  errno === errnoOfFullQuota ? 'disk quota exceeded' : util.getSystemErrorMessage(errno);

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return isSystemError(error) && codes.includes(codeOf(error));
}

/** Whether the disk or a quota has no space or inode left. */
export function isNoSpace(error: unknown): boolean {
  return hasCode(error, 'ENOSPC', 'EDQUOT');
}

/** An errno in words, such as "no space left on device (ENOSPC, write). Free space or inodes on that disk". */
export function inWords(error: unknown): string {
  if (!isSystemError(error)) return error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  const { advice } = answers[code] ?? unknown;
  return `${textOf(error)} (${code}, ${error.syscall}). ${advice}`;
}

/** Translates an error of the system into one of the storage. `deed` says what was tried, with its path. */
export function storageErrorOf(cause: unknown, deed: string): StorageError {
  if (cause instanceof StorageError) return cause;
  const { reason } = (isSystemError(cause) ? answers[codeOf(cause)] : undefined) ?? unknown;
  return new StorageError(reason, `Cannot ${deed}: ${inWords(cause)}`, { cause });
}
