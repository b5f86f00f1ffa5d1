import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { hasCode } from './system-error.ts';

/**
 * Calls that change the file system, or usually wait for the disk, in the thread pool: so a disk that does not answer blocks only
 * operations on the disk. node:fs/promises has them as well, but takes 1.5 times the CPU time of the main thread.
 *
 * Reads of names below the open base directory, and calls on an open descriptor, are synchronous, as the kernel usually has them
 * in its cache. A disk that stops between two calls of one operation may block the whole daemon there.
 */
export const calls = {
  open: promisify(fs.open),
  fchown: promisify(fs.fchown),
  fchmod: promisify(fs.fchmod),
  fsync: promisify(fs.fsync),
  writeFile: promisify(fs.writeFile),
  readFile: promisify(fs.readFile),
  readdir: promisify(fs.readdir),
  mkdir: promisify(fs.mkdir),
  rename: promisify(fs.rename),
  link: promisify(fs.link),
  unlink: promisify(fs.unlink),
  rmdir: promisify(fs.rmdir),
  statfs: promisify(fs.statfs),
};

/** Makes a directory that only our user can enter. @returns false if the name is taken */
export async function makeUnlessThere(path: string): Promise<boolean> {
  const made = calls.mkdir(path, 0o700).then(() => true);
  return tolerating(['EEXIST'], made, false);
}

export async function unlinkIfThere(path: string): Promise<void> {
  await tolerating(['ENOENT'], calls.unlink(path), undefined);
}

/** The result of a call, or `instead` if it fails with one of the codes. */
export async function tolerating<Result>(codes: string[], call: Promise<Result>, instead: Result): Promise<Result> {
  try {
    return await call;
  } catch (error) {
    if (hasCode(error, ...codes)) return instead;
    throw error;
  }
}

/** Waits until all have ended, also after a failure: their descriptors must stay open until then. Throws the first error. */
export async function allEnded(operations: Promise<void>[]): Promise<void> {
  for (const end of await Promise.allSettled(operations)) if (end.status === 'rejected') throw end.reason;
}
