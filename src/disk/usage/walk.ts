import { fstatSync, lstatSync, type Stats } from 'node:fs';
import { mountIdOf } from '../base/mount.ts';
import { at, forEachEntry, withDirectory } from '../directory-entries.ts';
import type { Usage } from '../port.ts';
import { hasCode } from '../system-error.ts';

/** What was counted in a directory, the directory itself among it. */
export type Count = Pick<Usage, 'usedBytes'> & { inodes: number };

/** The most levels of directories below the first that are open at a time: two descriptors for each. */
const deepest = 200;

/** The unit of st_blocks, whatever the block size of the file system: see stat(2). */
const blockBytes = 512;

/**
 * Counts what a directory uses. A tenant may change it meanwhile, so no path in it is ever followed: a directory is opened without
 * following links, and its entries are addressed through its descriptor. What vanishes meanwhile is left out.
 *
 * It stays on the mount of the directory, so neither a nested mount nor what it hides is counted. A file of several names counts
 * as a part at each of them: so it counts once, and nothing has to be remembered for millions of files. What lies in directories
 * more than 200 levels down is not counted. What files share by reflinks or snapshots counts in each of them. Synchronous, for a thread of its own.
 *
 * @param onEntry called after each entry
 * @throws system errors, also if a directory may not be read: a smaller number would be taken for the truth
 */
export function walk(path: string, onEntry: () => void): Count {
  let usedBytes = 0;
  let inodes = 0;

  const add = (stats: Stats, names: number): void => {
    usedBytes += bytesOf(stats) / names;
    inodes += 1 / names;
  };

  const countDirectory = (directory: number, mountId: string | undefined, levels: number): void => {
    add(fstatSync(directory), 1);
    forEachEntry(directory, (name) => {
      const path = at(directory, name);
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats !== undefined && !stats.isDirectory()) add(stats, stats.nlink);
      else if (stats !== undefined && levels === 0) add(stats, 1);
      else if (stats !== undefined) {
        unlessReplaced(() =>
          withDirectory(path, (inner) => {
            if (mountIdOf(inner) === mountId) countDirectory(inner, mountId, levels - 1);
          }),
        );
      }
      onEntry();
      return 'more';
    });
  };

  withDirectory(path, (top) => countDirectory(top, mountIdOf(top), deepest));
  return { usedBytes: Math.round(usedBytes), inodes: Math.round(inodes) };
}

/** What a file or a directory uses by itself. */
export function bytesOf(stats: Stats): number {
  return stats.blocks * blockBytes;
}

/** An entry may have vanished, or become a file or a link, after it was listed. */
function unlessReplaced(deed: () => void): void {
  try {
    deed();
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error;
  }
}
