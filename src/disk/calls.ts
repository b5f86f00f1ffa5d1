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
 * The calls that change the file system or wait for the disk as a rule: they run in the thread pool, as does the opening of the
 * base directory, with which every operation begins. So a disk that does not answer holds up what needs the disk and nothing
 * else. node:fs/promises has the same calls, but costs half as much again on the main thread.
 *
 * Look-ups of names below the open base directory, and calls on an open descriptor, are made directly (`…Sync`): the kernel has
 * them in its cache as a rule. A disk that stops between two calls of one operation may hold up the whole daemon there.
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
 * Makes a directory that nobody but us can enter.
 * @returns false when something of that name is there
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
