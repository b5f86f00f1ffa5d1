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
