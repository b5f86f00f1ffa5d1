import { closeSync, constants, openSync } from 'node:fs';
import { calls } from './calls.ts';

/**
 * Makes the names in a directory durable, with group commit: whoever asks while an fsync of the same directory runs
 * waits for the next one, because the running one may have missed their names; all of them share it.
 */
export class DirectorySync {
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  /**
   * @param directory which directory, the same for everybody who means it
   * @param path where to open it; it must lead there until the answer, so await it before closing what it goes through
   */
  sync(directory: string, path: string): Promise<void> {
    const running = this.#running.get(directory);
    if (running === undefined) return this.#start(directory, path);
    const shared = this.#next.get(directory);
    if (shared !== undefined) return shared;
    const startNext = () => {
      this.#next.delete(directory);
      return this.#start(directory, path);
    };
    const next = running.then(startNext, startNext);
    this.#next.set(directory, next);
    return next;
  }

  #start(directory: string, path: string): Promise<void> {
    const run = syncDirectory(path).finally(() => {
      if (this.#running.get(directory) === run) this.#running.delete(directory);
    });
    this.#running.set(directory, run);
    return run;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await calls.fsync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
