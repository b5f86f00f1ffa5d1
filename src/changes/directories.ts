import { type BaseDirectory, mayHold, StorageError, type VolumeStorage } from '../disk/port.ts';
import type { Place, Volumes } from './volumes.ts';

/** How often, in milliseconds. It costs one reading of the base directory's names: with 20,000 volumes, 30 ms of CPU. */
const lookEveryMs = 10_000;

export interface DirectoryWatchOptions {
  storage: Pick<VolumeStorage, 'basePath' | 'listDirectories'>;
  volumes: Pick<Volumes, 'bound' | 'boundPlace'>;
  /** Names of the volumes that are known to have lost theirs. */
  lost: () => Iterable<string>;
  /** What the base directory was at the last look; undefined before the first. */
  base: () => BaseDirectory | StorageError | undefined;
  /** A volume may have lost its directory, or may have it again. */
  onChange: (volume: string) => void;
}

/** Finds the volumes in use whose directory seems to be gone, or to be back, by a look at names alone. */
export class DirectoryWatch {
  readonly #options: DirectoryWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(options: DirectoryWatchOptions) {
    this.#options = options;
  }

  /** To be called when the volumes are listed. */
  start(): void {
    this.#lookForNews();
    this.#timer = setInterval(() => this.#lookForNews(), lookEveryMs);
  }

  /** The base directory has changed: those that are lost may be so for another reason now. */
  async baseChanged(): Promise<void> {
    await this.#look((seemsLost, knownAsLost) => seemsLost || knownAsLost);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #lookForNews(): void {
    // A disk that does not answer is not asked again before it has.
    this.#looking ??= this.#look((seemsLost, knownAsLost) => seemsLost !== knownAsLost).finally(() => {
      this.#looking = undefined;
    });
  }

  async #look(isNews: (seemsLost: boolean, knownAsLost: boolean) => boolean): Promise<void> {
    const { volumes, lost, onChange } = this.#options;
    const seemsLost = await this.#judge();
    if (seemsLost === undefined) return;
    const known = new Set(lost());
    for (const [name, place] of volumes.bound()) if (isNews(seemsLost(name, place), known.has(name))) onChange(name);
    for (const name of known) if (volumes.boundPlace(name) === undefined) onChange(name);
  }

  /** @returns undefined when nothing can be known now */
  async #judge(): Promise<((name: string, place: Place) => boolean) | undefined> {
    const { storage } = this.#options;
    try {
      const names = await storage.listDirectories();
      const base = this.#options.base();
      if (base === undefined) return undefined;
      return (name, { basePath, baseDirectoryId }) =>
        basePath === storage.basePath && (!names.has(name) || !mayHold(base, baseDirectoryId));
    } catch (error) {
      // What keeps the names from being read keeps the base directory from being used, and its own watch says so.
      if (error instanceof StorageError) return undefined;
      throw error;
    }
  }
}
