import { type BaseDirectory, type Space, StorageError, type VolumeStorage } from '../disk/port.ts';
import type { BaseDirectoryReport } from '../report/base-directory-report.ts';
import { isAlmostFull } from './almost-full.ts';

/** Often enough that a repair is noticed while its author still looks, in milliseconds. It costs a few system calls. */
const lookEveryMs = 5_000;

/** Every start begins with the one, and what must be done about the other is told of the node. */
const notJudgedYet: ReadonlySet<string> = new Set(['VolumesNotListed', 'NodeNotRegistered']);

export interface BaseDirectoryWatchOptions {
  storage: Pick<VolumeStorage, 'inspect' | 'space'>;
  report: Pick<BaseDirectoryReport, 'notJudgedYet' | 'usable' | 'unusable' | 'almostFull' | 'hasSpace'>;
  /** The base directory can be used, for the first time or again, or is another one. */
  onUsable: () => void;
  /** The same, and also when it can no longer be used, or not for another reason. */
  onChange: () => void;
}

/** Looks at the base directory now and then, says when it can no longer be used, and when it can again. */
export class BaseDirectoryWatch {
  readonly #options: BaseDirectoryWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #last: BaseDirectory | StorageError | undefined;
  #space: Space | undefined;
  #unusableSinceMs = 0;
  /** Whether trouble was told that has not ended. */
  #inTrouble = false;
  #almostFull = false;
  #stopped = false;

  constructor(options: BaseDirectoryWatchOptions) {
    this.#options = options;
  }

  /** What the last look found; undefined before the first. */
  get found(): BaseDirectory | StorageError | undefined {
    return this.#last;
  }

  /** Why the base directory cannot be used, and for how many milliseconds that has been so; undefined when it can. */
  get unusable(): { error: StorageError; forMs: number } | undefined {
    if (!(this.#last instanceof StorageError)) return undefined;
    return { error: this.#last, forMs: performance.now() - this.#unusableSinceMs };
  }

  /** What the last look found; undefined while the base directory cannot be used. */
  get space(): Space | undefined {
    return this.#space;
  }

  /** Why the base directory cannot be used, or undefined when it can. */
  get trouble(): string | undefined {
    if (this.#last === undefined) return 'not looked at yet';
    return this.#last instanceof StorageError ? `${this.#last.reason}: ${this.#last.message}` : undefined;
  }

  async start(): Promise<void> {
    await this.#look();
    if (this.#stopped) return;
    this.#timer = setInterval(() => {
      // A disk that does not answer is not asked again before it has.
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
    }, lookEveryMs);
  }

  /** Inspects now: something that the judgement rests on has changed. */
  async inspectNow(): Promise<void> {
    await this.#looking;
    await this.#look();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const now = await this.#inspect();
    const before = this.#last;
    this.#last = now;
    if (now instanceof StorageError && !(before instanceof StorageError)) this.#unusableSinceMs = performance.now();
    if (before === undefined || !isSame(before, now)) {
      if (now instanceof StorageError) this.#tellTrouble(now);
      else this.#welcome(now);
      this.#options.onChange();
    }
    if (!(now instanceof StorageError)) this.#tellSpace(now);
  }

  #tellSpace(found: BaseDirectory): void {
    if (this.#space === undefined) return;
    const almostFull = isAlmostFull(this.#space, this.#almostFull);
    if (almostFull === this.#almostFull) return;
    this.#almostFull = almostFull;
    this.#options.report[almostFull ? 'almostFull' : 'hasSpace'](found, this.#space);
  }

  async #inspect(): Promise<BaseDirectory | StorageError> {
    try {
      const found = await this.#options.storage.inspect();
      this.#space = await this.#options.storage.space();
      return found;
    } catch (error) {
      this.#space = undefined;
      if (error instanceof StorageError) return error;
      throw error;
    }
  }

  #tellTrouble(error: StorageError): void {
    if (notJudgedYet.has(error.reason)) {
      this.#options.report.notJudgedYet(error);
      return;
    }
    this.#inTrouble = true;
    this.#options.report.unusable(error);
  }

  #welcome(found: BaseDirectory): void {
    this.#options.report.usable(found, this.#inTrouble);
    this.#inTrouble = false;
    this.#options.onUsable();
  }
}

function isSame(before: BaseDirectory | StorageError, now: BaseDirectory | StorageError): boolean {
  if (before instanceof StorageError) return now instanceof StorageError && before.reason === now.reason;
  return !(now instanceof StorageError) && before.id === now.id;
}
