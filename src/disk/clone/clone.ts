import { statfsSync } from 'node:fs';
import { shownBytes } from '../../model/quantity.ts';
import type { Limit } from '../../model/volume-record.ts';
import type { StorageReason } from '../port.ts';
import { hasCode, storageErrorOf } from '../system-error.ts';
import { CopyError, type CopyOptions, copyTree } from './copy-tree.ts';

/** What is copied. The descriptors are of the whole process, and stay open until the end of the job. */
export interface CloneJob {
  /** Open directory of the volume that is copied. */
  source: number;
  /** The same for the user: an absolute path. */
  shownSource: string;
  /** Open, empty directory of the copy. */
  target: number;
  /** Open directory that the copy lies in, which has no limit. */
  parent: number;
  /** The limit of the copy; undefined if it has none. */
  limit: Limit | undefined;
  /** Whether the copy may share blocks with its source. */
  mayShare: boolean;
  /** Name of the volume that the copy is for. */
  volume: string;
  /** Where the thread says how far it is. */
  progress: Float64Array;
}

/** How a copy ended. A copy that is not whole stays where it is, and is to be erased. */
export type CloneEnd =
  /** @property skipped how many pipes, sockets, devices and mount points were left out */
  | { result: 'copied'; skipped: number }
  | { result: 'aborted' }
  | { result: 'failed'; reason: StorageReason; message: string };

/** Copies a volume, and says in words for the user why it cannot. Synchronous, for a thread of its own. */
export function clone(job: CloneJob, options: Omit<CopyOptions, 'mayShare'>): CloneEnd {
  try {
    return copyTree(job.source, job.target, { ...options, mayShare: job.mayShare });
  } catch (error) {
    if (!(error instanceof CopyError)) throw error;
    const shown = error.path === '' ? job.shownSource : `${job.shownSource}/${error.path}`;
    const deed = `copy ${shown} to volume ${job.volume}`;
    if (job.limit !== undefined && isLimitReached(error.cause, job)) {
      const message = `Cannot ${deed}: what is in it does not fit into ${shownLimit(job.limit)}, the limit of the new volume. Delete its claim, and create it again with a larger size`;
      return { result: 'failed', reason: 'LimitTooSmall', message };
    }
    const { reason, message } = storageErrorOf(error.cause, deed);
    return { result: 'failed', reason, message };
  }
}

/** XFS has one error for a limit and for a full disk. A directory with a limit says what is left of it. */
function isLimitReached(cause: unknown, { target, parent }: CloneJob): boolean {
  if (hasCode(cause, 'EDQUOT')) return true;
  if (!hasCode(cause, 'ENOSPC')) return false;
  const [own, disk] = [target, parent].map((directory) => statfsSync(`/proc/self/fd/${directory}`));
  if (own === undefined || disk === undefined) return false;
  const isLess = (one: number, other: number, size: number, otherSize: number) => size < otherSize && one < other;
  return isLess(own.bfree, disk.bfree, own.blocks, disk.blocks) || isLess(own.ffree, disk.ffree, own.files, disk.files);
}

const shownLimit = ({ bytes, inodes }: Limit): string =>
  inodes === undefined ? shownBytes(bytes) : `${shownBytes(bytes)} and ${inodes} files and directories`;
