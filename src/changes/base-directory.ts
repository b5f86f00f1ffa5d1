import { type BaseDirectory, type Space, StorageError, type VolumeStorage } from '../disk/port.ts';
import { isAlmostFull } from '../model/almost-full.ts';
import type { BaseDirectoryReport } from '../report/base-directory-report.ts';

/** The time between inspections, in milliseconds: a repair is noticed while its author watches. Each takes few system calls. */
const inspectEveryMs = 5_000;

/** Reasons without a log line and an Event here: every start begins with the one, and the watch of nodes reports the other. */
const notJudgedYet: ReadonlySet<string> = new Set(['VolumesNotListed', 'NodeNotRegistered']);

export interface BaseDirectoryWatchOptions {
  storage: Pick<VolumeStorage, 'inspect' | 'space'>;
  report: Pick<BaseDirectoryReport, 'notJudgedYet' | 'usable' | 'unusable' | 'almostFull' | 'hasSpace'>;
  /** Its file system has another size. */
  onSizeChange: () => void;
  /** The base directory became usable, or another one took its place. */
  onUsable: () => void;
  /** The same, and when the base directory became unusable or the reason changed. */
  onChange: () => void;
}

/** Inspects the base directory periodically, and reports when it becomes unusable and when it is usable again. */
export class BaseDirectoryWatch {
  readonly #options: BaseDirectoryWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #inspecting: Promise<void> | undefined;
  #last: BaseDirectory | StorageError | undefined;
  #id = '';
  #space: Space | undefined;
  #unusableSinceMs = 0;
  /** Whether an Event said that it is unusable, and none yet that it is usable. */
  #inTrouble = false;
  #almostFull = false;
  #stopped = false;

  constructor(options: BaseDirectoryWatchOptions) {
    this.#options = options;
  }

  /** The result of the last inspection; undefined before the first. */
  get found(): BaseDirectory | StorageError | undefined {
    return this.#last;
  }

  /** Of the base directory that was found last, also while it cannot be used; empty before one was found. */
  get id(): string {
    return this.#id;
  }

  /** Why the base directory cannot be used, and for how many milliseconds that has been so; undefined when it can. */
  get unusable(): { error: StorageError; forMs: number } | undefined {
    if (!(this.#last instanceof StorageError)) return undefined;
    return { error: this.#last, forMs: performance.now() - this.#unusableSinceMs };
  }

  /** Undefined while the base directory cannot be used. */
  get space(): Space | undefined {
    return this.#space;
  }

  /** Why the base directory cannot be used, or undefined when it can. */
  get trouble(): string | undefined {
    if (this.#last === undefined) return 'not inspected yet';
    return this.#last instanceof StorageError ? `${this.#last.reason}: ${this.#last.message}` : undefined;
  }

  async start(): Promise<void> {
    await this.#inspect();
    if (this.#stopped) return;
    this.#timer = setInterval(() => {
      // While a disk does not answer, it is not asked again.
      this.#inspecting ??= this.#inspect().finally(() => {
        this.#inspecting = undefined;
      });
    }, inspectEveryMs);
  }

  /** Inspects now, because something changed that the judgement depends on. */
  async inspectNow(): Promise<void> {
    await this.#inspecting;
    await this.#inspect();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #inspect(): Promise<void> {
    const now = await this.#read();
    const before = this.#last;
    this.#last = now;
    if (!(now instanceof StorageError)) this.#id = now.id;
    if (now instanceof StorageError && !(before instanceof StorageError)) this.#unusableSinceMs = performance.now();
    if (before === undefined || !isSame(before, now)) {
      if (now instanceof StorageError) this.#reportTrouble(now);
      else this.#reportUsable(now);
      this.#options.onChange();
    }
    if (!(now instanceof StorageError)) this.#reportSpace(now);
  }

  #reportSpace(found: BaseDirectory): void {
    if (this.#space === undefined) return;
    const almostFull = isAlmostFull(this.#space, this.#almostFull);
    if (almostFull === this.#almostFull) return;
    this.#almostFull = almostFull;
    this.#options.report[almostFull ? 'almostFull' : 'hasSpace'](found, this.#space);
  }

  async #read(): Promise<BaseDirectory | StorageError> {
    try {
      const found = await this.#options.storage.inspect();
      const before = this.#space;
      this.#space = await this.#options.storage.space();
      if (before?.usableBytes !== this.#space.usableBytes) this.#options.onSizeChange();
      return found;
    } catch (error) {
      this.#space = undefined;
      if (error instanceof StorageError) return error;
      throw error;
    }
  }

  #reportTrouble(error: StorageError): void {
    if (notJudgedYet.has(error.reason)) {
      this.#options.report.notJudgedYet(error);
      return;
    }
    this.#inTrouble = true;
    this.#options.report.unusable(error);
  }

  #reportUsable(found: BaseDirectory): void {
    this.#options.report.usable(found, this.#inTrouble);
    this.#inTrouble = false;
    this.#options.onUsable();
  }
}

function isSame(before: BaseDirectory | StorageError, now: BaseDirectory | StorageError): boolean {
  if (before instanceof StorageError) return now instanceof StorageError && before.reason === now.reason;
  return !(now instanceof StorageError) && before.id === now.id;
}
