import { StorageError, type VolumeStorage } from '../disk/port.ts';
import type { BaseDirectoryReport } from '../report/base-directory-report.ts';

/** The time between two looks, in milliseconds: quotas may be turned off, or the disk be mounted anew without them, at any time. */
const lookEveryMs = 30_000;

export interface LimitsWatchOptions {
  storage: Pick<VolumeStorage, 'basePath' | 'limitSupport'>;
  report: Pick<BaseDirectoryReport, 'limitsHeld' | 'limitsNotHeld'>;
}

/** Sees whether the volumes with a limit are held to it, and reports when that begins and ends. */
export class LimitsWatch {
  readonly #options: LimitsWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  /** Why limits did not hold at the last look: empty if they did, undefined before the first volume with a limit. */
  #trouble: string | undefined;
  #stopped = false;

  constructor(options: LimitsWatchOptions) {
    this.#options = options;
  }

  /** Whether limits held at the last look; undefined before the first volume with a limit. */
  get held(): boolean | undefined {
    return this.#trouble === undefined ? undefined : this.#trouble === '';
  }

  /** Looks now, in the background, and goes on doing so. */
  start(): void {
    this.look();
    this.#timer = setInterval(() => this.look(), lookEveryMs);
  }

  /** Looks now, in the background, unless a look is under way: a disk that does not answer is not asked again. */
  look(): void {
    if (this.#stopped) return;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { storage, report } = this.#options;
    const trouble = await this.#read();
    const before = this.#trouble;
    if (trouble === undefined || trouble === before || this.#stopped) return;
    this.#trouble = trouble;
    if (trouble === '') report.limitsHeld(storage.basePath, before !== undefined);
    else report.limitsNotHeld(storage.basePath, trouble);
  }

  /** A base directory that cannot be used has another watch, which reports it. */
  async #read(): Promise<string | undefined> {
    try {
      const support = await this.#options.storage.limitSupport();
      if (support === undefined) return undefined;
      return support.by === undefined ? support.message : '';
    } catch (error) {
      if (error instanceof StorageError) return undefined;
      throw error;
    }
  }
}
