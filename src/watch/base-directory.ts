import type { Logger } from '../record/log.ts';
import type { Metrics } from '../record/metrics.ts';
import { type BaseDirectory, StorageError, type VolumeStorage } from '../storage/volume-storage.ts';

/** Often enough that a repair is noticed while its author still looks, in milliseconds. It costs a few system calls. */
const lookEveryMs = 5_000;

/** File systems whose content does not outlive a reboot, or the container that the node runs in. */
const shortLived: ReadonlySet<string> = new Set(['tmpfs', 'ramfs', 'overlay']);

export interface BaseDirectoryWatchOptions {
  storage: Pick<VolumeStorage, 'inspect'>;
  log: Logger;
  metrics: Metrics;
  /** The base directory can be used, for the first time or again. */
  onUsable: () => void;
}

/** Looks at the base directory now and then, says when it can no longer be used, and when it can again. */
export class BaseDirectoryWatch {
  readonly #options: BaseDirectoryWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #last: BaseDirectory | StorageError | undefined;

  constructor(options: BaseDirectoryWatchOptions) {
    this.#options = options;
  }

  /** Why the base directory cannot be used, or undefined when it can. */
  get trouble(): string | undefined {
    if (this.#last === undefined) return 'not looked at yet';
    return this.#last instanceof StorageError ? `${this.#last.reason}: ${this.#last.message}` : undefined;
  }

  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => {
      // A disk that does not answer is not asked again before it has.
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
    }, lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const before = this.#last;
    const now = await this.#inspect();
    this.#last = now;
    if (now instanceof StorageError) {
      if (before instanceof StorageError && before.reason === now.reason) return;
      this.#setMetric(0, now.reason);
      this.#options.log.error({ reason: now.reason, message: now.message }, 'base directory cannot be used');
    } else if (before === undefined || before instanceof StorageError) {
      this.#setMetric(1, '');
      this.#welcome(now);
      this.#options.onUsable();
    }
  }

  async #inspect(): Promise<BaseDirectory | StorageError> {
    try {
      return await this.#options.storage.inspect();
    } catch (error) {
      if (error instanceof StorageError) return error;
      throw error;
    }
  }

  #welcome({ path, id, mounted, fileSystem }: BaseDirectory): void {
    const { log } = this.#options;
    log.info({ path, id, mounted, fileSystem }, 'base directory can be used');
    if (shortLived.has(fileSystem)) {
      log.warn(
        { path, fileSystem },
        'base directory does not outlive a restart: every volume is lost then. Use a directory on a disk',
      );
    }
  }

  #setMetric(value: 0 | 1, reason: string): void {
    const gauge = this.#options.metrics.baseDirectoryUsable;
    gauge.reset();
    gauge.set({ reason }, value);
  }
}
