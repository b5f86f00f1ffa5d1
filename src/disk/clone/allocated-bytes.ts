import { closeSync, constants, lstatSync, openSync } from 'node:fs';
import { mountIdOf } from '../base/mount.ts';
import { at, forEachEntry } from '../directory-entries.ts';
import { hasCode } from '../system-error.ts';

const directoryOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * About how much space the files in an open directory take, in bytes: what their copy will write. A hole does not count, and a file
 * with several names counts a part for each.
 * @param levels how many levels of directories are looked into
 * @param look called for each entry; it may throw, to end this
 */
export function allocatedBytes(directory: number, levels: number, look: () => void): number {
  const mountId = mountIdOf(directory);
  let bytes = 0;
  const addEntry = (path: Buffer, isDirectory: boolean) => {
    if (!isDirectory) {
      const { blocks, nlink } = lstatSync(path);
      bytes += (blocks * 512) / nlink;
    } else if (levels > 1) {
      const entry = openSync(path, directoryOnly);
      try {
        if (mountIdOf(entry) === mountId) bytes += allocatedBytes(entry, levels - 1, look);
      } finally {
        closeSync(entry);
      }
    }
  };
  forEachEntry(directory, (name, isDirectory) => {
    look();
    try {
      addEntry(at(directory, name), isDirectory);
    } catch (error) {
      // The copy comes to this entry later, and says what is wrong with it.
      if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES')) throw error;
    }
    return 'more';
  });
  return Math.round(bytes);
}
