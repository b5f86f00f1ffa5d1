import { type BaseDirectory, mayHold, StorageError, type VolumeStorage } from '../disk/port.ts';
import type { Place, Volumes } from './volumes.ts';

/** How often, in milliseconds. It costs one reading of the base directory's names: with 20,000 volumes, 30 ms of CPU. */
const scanEveryMs = 10_000;

export interface DirectoryWatchOptions {
  storage: Pick<VolumeStorage, 'basePath' | 'listDirectories'>;
  volumes: () => Pick<Volumes, 'bound' | 'boundPlace'>;
  /** Names of the volumes that are known to have lost their directories. */
  lost: () => Iterable<string>;
  /** The result of its last inspection; undefined before the first. */
  base: () => BaseDirectory | StorageError | undefined;
  /** A volume may have lost its directory, or may have it again. */
  onChange: (volume: string) => void;
}

/** Finds the volumes in use whose directory seems to be gone, or back, by the names in the base directory alone. */
export class DirectoryWatch {
  readonly #options: DirectoryWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #scanning: Promise<void> | undefined;

  constructor(options: DirectoryWatchOptions) {
    this.#options = options;
  }

  /** Call it once the volumes are listed. */
  start(): void {
    this.#scanForNews();
    this.#timer = setInterval(() => this.#scanForNews(), scanEveryMs);
  }

  /** The base directory has changed, so directories may be lost for another reason. */
  async baseChanged(): Promise<void> {
    await this.#scan((seemsLost, knownAsLost) => seemsLost || knownAsLost);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #scanForNews(): void {
    // While a disk does not answer, it is not asked again.
    this.#scanning ??= this.#scan((seemsLost, knownAsLost) => seemsLost !== knownAsLost).finally(() => {
      this.#scanning = undefined;
    });
  }

  async #scan(isNews: (seemsLost: boolean, knownAsLost: boolean) => boolean): Promise<void> {
    const { storage, lost, onChange } = this.#options;
    const seemsLost = await this.#judge();
    if (seemsLost === undefined) return;
    const volumes = this.#options.volumes();
    const known = new Set(lost());
    for (const [name, place] of volumes.bound()) {
      if (place.basePath === storage.basePath && isNews(seemsLost(name, place), known.has(name))) onChange(name);
    }
    for (const name of known) if (volumes.boundPlace(name) === undefined) onChange(name);
  }

  /** @returns whether a volume seems lost; undefined when the disk does not tell */
  async #judge(): Promise<((name: string, place: Place) => boolean) | undefined> {
    const { storage } = this.#options;
    try {
      const names = await storage.listDirectories();
      const base = this.#options.base();
      if (base === undefined) return undefined;
      return (name, { baseDirectoryId }) => !names.has(name) || !mayHold(base, baseDirectoryId);
    } catch (error) {
      // The watch of the base directory reports it.
      if (error instanceof StorageError) return undefined;
      throw error;
    }
  }
}
