import { closeSync, constants, openSync } from 'node:fs';
import { calls } from '../calls.ts';
import { GroupCommit } from '../group-commit.ts';

/** Makes the names in a directory durable, with one fsync for all who ask at the same time. */
export class DirectorySync {
  readonly #commits = new GroupCommit(syncFirst);

  /**
   * @param directory which directory, the same for everybody who means it
   * @param path where to open it; it must lead there until the answer, so await it before closing what it goes through
   */
  sync(directory: string, path: string): Promise<void> {
    return this.#commits.join(directory, path);
  }
}

/** All paths lead to the same directory, and the first one is awaited for as long as any. */
async function syncFirst([path = '']: readonly string[]): Promise<void> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await calls.fsync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The change of the directory's mode, to the one that it has, makes it the last that was changed: some versions of ext4 and XFS
 * fsync only as far as the last change of what is fsynced. All paths lead to the same directory of ours.
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
