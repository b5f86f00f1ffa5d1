import {
  fchmod,
  fchown,
  fsync,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rmdir,
  statfs,
  unlink,
  writeFile,
} from 'node:fs';
import { promisify } from 'node:util';
import { hasCode } from './system-error.ts';

/**
 * Calls that change the file system, or usually wait for the disk. They run in the thread pool, and so does the opening of the
 * base directory, with which every operation begins. A disk that does not answer then blocks only operations on the disk.
 * node:fs/promises has the same calls, but takes 1.5 times the CPU time of the main thread.
 *
 * Look-ups of names below the open base directory, and calls on an open descriptor, are synchronous (`…Sync`): the kernel
 * usually has them in its cache. A disk that stops between two calls of one operation may block the whole daemon there.
 */
export const calls = {
  open: promisify(open),
  lstat: promisify(lstat),
  fchown: promisify(fchown),
  fchmod: promisify(fchmod),
  fsync: promisify(fsync),
  writeFile: promisify(writeFile),
  readFile: promisify(readFile),
  readdir: promisify(readdir),
  mkdir: promisify(mkdir),
  rename: promisify(rename),
  link: promisify(link),
  unlink: promisify(unlink),
  rmdir: promisify(rmdir),
  statfs: promisify(statfs),
};

/**
 * Makes a directory that only our user can enter.
 * @returns false if the name is taken
 */
export async function makeUnlessThere(path: string): Promise<boolean> {
  try {
    await calls.mkdir(path, 0o700);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

export async function unlinkIfThere(path: string): Promise<void> {
  try {
    await calls.unlink(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

/** Waits until all have ended, also after a failure: their descriptors must stay open until then. Throws the first error. */
export async function allEnded(operations: Promise<void>[]): Promise<void> {
  for (const end of await Promise.allSettled(operations)) if (end.status === 'rejected') throw end.reason;
}
