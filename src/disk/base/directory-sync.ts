import { closeSync, constants, openSync } from 'node:fs';
import { calls } from '../calls.ts';
import { GroupCommit } from '../group-commit.ts';

/** Makes the names in a directory durable, with one fsync for all who ask at the same time. */
export class DirectorySync {
  readonly #commits = new GroupCommit(syncFirst);

  /**
   * @param directory identifies the directory
   * @param path where to open it; keep the descriptors in this path open until the promise settles
   */
  sync(directory: string, path: string): Promise<void> {
    return this.#commits.join(directory, path);
  }
}

/** All paths lead to the same directory, and the first one stays valid until the promise settles. */
async function syncFirst([path = '']: readonly string[]): Promise<void> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await calls.fsync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * An fsync on XFS and on older versions of ext4 writes the log only up to the last change of that file. So this sets the mode of
 * the directory, which stays the same, right before the fsync. All paths lead to the same directory of ours.
 */
export async function syncAllBefore([path = '']: readonly string[]): Promise<void> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await calls.fchmod(descriptor, 0o700);
    await calls.fsync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
