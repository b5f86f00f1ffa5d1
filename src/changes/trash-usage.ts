import { type BaseDirectory, StorageError, type VolumeStorage } from '../disk/port.ts';
import { firstRestMs } from './count-rest.ts';
import { Counting, type CountingOptions } from './counting.ts';
import type { UsageTiming } from './usage.ts';

/** How long a figure waits for its volume to come into the trash, in milliseconds. A deletion takes less, also in a burst of thousands. */
const figureWaitsForMs = 600_000;

export interface TrashUsageWatchOptions extends CountingOptions {
  storage: Pick<VolumeStorage, 'listTrashed' | 'countTrashed'>;
  /** The result of the last inspection of the base directory; undefined before the first. */
  base: () => BaseDirectory | StorageError | undefined;
  timing: UsageTiming;
}

/** Times are of `performance.now`. */
interface Figure {
  /** Undefined before the first count. */
  usedBytes: number | undefined;
  countAtMs: number;
}

/** Keeps what each volume in the trash of one pool uses, from its last count while it was in use, or counted in the background, hourly. */
export class TrashUsageWatch {
  readonly #options: TrashUsageWatchOptions;
  readonly #counting: Counting;
  /** By name of the volume; undefined before the trash was listed. */
  #figures: ReadonlyMap<string, Figure> | undefined;
  /** The last figures of volumes that are no longer in use, and are not in the trash yet. */
  readonly #leaving = new Map<string, { usedBytes: number; untilMs: number }>();
  #isCounted = false;
  #timer: NodeJS.Timeout | undefined;
  #listing: Promise<void> | undefined;
  #round: Promise<void> | undefined;
  #stopped = false;

  constructor(options: TrashUsageWatchOptions) {
    this.#options = options;
    this.#counting = new Counting(options);
  }

  start(): void {
    this.#pass();
    this.#timer = setInterval(() => this.#pass(), this.#options.timing.passEveryMs);
  }

  /** The base directory has changed, so what is being counted may lie in another one. */
  baseChanged(): void {
    this.#counting.interrupt();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#counting.stop();
  }

  /** A volume is no longer in use. If it comes into the trash, it uses there what it used before. */
  left(volume: string, usedBytes: number): void {
    const figure = this.#figures?.get(volume);
    if (figure === undefined) this.#leaving.set(volume, { usedBytes, untilMs: performance.now() + figureWaitsForMs });
    else if (figure.usedBytes === undefined) this.#take(figure, usedBytes);
  }

  /** What the trash uses; undefined before all that it had at the start was counted. */
  get bytes(): number | undefined {
    if (!this.#isCounted) return undefined;
    let sum = 0;
    for (const { usedBytes = 0 } of this.#figures?.values() ?? []) sum += usedBytes;
    return sum;
  }

  /** The volumes in the trash. Usage is undefined before the first count. */
  *volumes(): Generator<{ volume: string; usedBytes: number | undefined }> {
    for (const [volume, { usedBytes }] of this.#figures ?? []) yield { volume, usedBytes };
  }

  #pass(): void {
    // While a disk does not answer, it is not asked again.
    this.#listing ??= this.#list().finally(() => {
      this.#listing = undefined;
    });
  }

  async #list(): Promise<void> {
    const names = await this.#read();
    if (names === undefined || this.#stopped) return;
    this.#figures = new Map(names.map((volume) => [volume, this.#figureOf(volume, names.length)]));
    this.#forgetLate();
    this.#counting.stopUnwanted();
    this.#round ??= this.#countDue().finally(() => {
      this.#round = undefined;
    });
  }

  async #countDue(): Promise<void> {
    for (const [volume, figure] of this.#figures ?? []) {
      if (figure.countAtMs <= performance.now()) await this.#count(volume, figure);
    }
    this.#isCounted ||= [...(this.#figures?.values() ?? [])].every(({ usedBytes }) => usedBytes !== undefined);
  }

  /** @returns undefined when the disk does not tell */
  async #read(): Promise<string[] | undefined> {
    try {
      return await this.#options.storage.listTrashed();
    } catch (error) {
      // The watch of the base directory reports it.
      if (error instanceof StorageError) return undefined;
      throw error;
    }
  }

  #figureOf(volume: string, volumes: number): Figure {
    const known = this.#figures?.get(volume);
    if (known !== undefined) return known;
    const countAtMs = performance.now() + firstRestMs(this.#options.timing, volumes);
    const figure: Figure = { usedBytes: undefined, countAtMs };
    const left = this.#leaving.get(volume);
    if (left !== undefined) this.#take(figure, left.usedBytes);
    this.#leaving.delete(volume);
    return figure;
  }

  #take(figure: Figure, usedBytes: number): void {
    figure.usedBytes = usedBytes;
    figure.countAtMs = performance.now() + this.#options.timing.countEveryMs.longest;
  }

  #forgetLate(): void {
    for (const [volume, { untilMs }] of this.#leaving) if (untilMs <= performance.now()) this.#leaving.delete(volume);
  }

  #count(volume: string, figure: Figure): Promise<void> {
    const { base, storage, timing } = this.#options;
    return this.#counting.run(volume, {
      isWanted: () => {
        const found = base();
        const isUsable = found !== undefined && !(found instanceof StorageError);
        return isUsable && this.#figures?.get(volume) === figure;
      },
      count: async (signal) => {
        figure.usedBytes = (await storage.countTrashed(volume, signal))?.usedBytes ?? 0;
      },
      onEnd: () => {
        figure.countAtMs = performance.now() + timing.countEveryMs.longest;
      },
    });
  }
}
