import util from 'node:util'; // by its default: an old Node lacks the function, and has to live until it can say that it is old
import { StorageError, type StorageReason } from './volume-storage.ts';

/** What the user is told for an errno: our reason, and what to do. */
const answers: Record<string, { reason: StorageReason; advice: string }> = {
  ENOSPC: { reason: 'NoSpace', advice: 'free space or inodes on that disk' },
  EDQUOT: { reason: 'NoSpace', advice: 'free space within the quota, or raise it' },
  EROFS: { reason: 'ReadOnly', advice: 'mount that disk writable' },
  EACCES: { reason: 'PermissionDenied', advice: 'let the daemon run as root; under SELinux, at level s0-s0:c0.c1023' },
  EPERM: { reason: 'PermissionDenied', advice: 'let the daemon run as root, and look for immutable files (lsattr)' },
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

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return isSystemError(error) && codes.includes(error.code);
}

/** An errno in words, such as "no space left on device (ENOSPC, write): free space or inodes on that disk". */
export function inWords(error: unknown): string {
  if (!isSystemError(error)) return error instanceof Error ? error.message : String(error);
  const { advice } = answers[error.code] ?? unknown;
  return `${util.getSystemErrorMessage(error.errno)} (${error.code}, ${error.syscall}): ${advice}`;
}

/** The one translation from what the system threw to what the storage throws. `deed` says what was tried, with its path. */
export function storageErrorOf(cause: unknown, deed: string): StorageError {
  if (cause instanceof StorageError) return cause;
  const { reason } = (isSystemError(cause) ? answers[cause.code] : undefined) ?? unknown;
  return new StorageError(reason, `cannot ${deed}: ${inWords(cause)}`, { cause });
}
