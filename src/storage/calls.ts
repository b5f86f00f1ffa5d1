import {
  fchmod,
  fchown,
  fsync,
  link,
  mkdir,
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
 * The calls that change the file system or may wait for the disk: they run in the thread pool, so that a slow disk never
 * stops the daemon. node:fs/promises has the same ones, but costs half as much again on the main thread. Calls on an
 * open descriptor and look-ups of names that the kernel has in its cache are made directly (`…Sync`).
 */
export const calls = {
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
