import { type BaseDirectory, mayHold, StorageError, type Usage, type VolumeStorage } from '../disk/port.ts';
import { ApiError, type KubeApi } from '../kube/calls/kube-api.ts';
import { volumeOf } from '../model/volume.ts';
import type { VolumeUsage } from '../report/usage-metrics.ts';
import type { UsageReport } from '../report/usage-report.ts';
import { firstRestMs, restMs } from './count-rest.ts';
import { type Countable, Counting, type CountingOptions } from './counting.ts';
import type { Place, Volumes } from './volumes.ts';

/** Times in milliseconds. */
export interface UsageTiming {
  /** Between two passes through the names of the volumes, which find what is to be counted. With 20,000 volumes, each takes some 5 ms of CPU. */
  passEveryMs: number;
  /** At least, from the first sight of a volume to its first count: its pod has to write something first, and most trash goes at once. */
  firstCountAfterMs: number;
  /** Between two counts of a volume that is no longer new: `count-rest.ts` says how long within these bounds. In the trash, the longest time. */
  countEveryMs: { shortest: number; longest: number };
}

export const usualTiming: UsageTiming = {
  passEveryMs: 5_000,
  firstCountAfterMs: 5_000,
  countEveryMs: { shortest: 60_000, longest: 3_600_000 },
};

/** For this time, in milliseconds, what quotas count is not read again. */
const readsHoldForMs = 5_000;

/** How many volumes are read at once. */
const readsAtOnce = 64;

/** How long who asks for the figures waits for a disk, in milliseconds; then the last ones have to do. */
const answerWithinMs = 1_000;

/** How long volumes are counted in one order, in milliseconds. Then volumes that are new by now come first. */
const orderHoldsForMs = 60_000;

export interface UsageWatchOptions extends CountingOptions {
  storage: Pick<VolumeStorage, 'basePath' | 'readUsage' | 'countUsage'>;
  volumes: () => Pick<Volumes, 'bound' | 'boundPlace'>;
  /** The result of the last inspection of the base directory; undefined before the first. */
  base: () => BaseDirectory | StorageError | undefined;
  kube: Pick<KubeApi, 'readVolume'>;
  report: Pick<UsageReport, 'over' | 'within' | 'notCounted'>;
  /** A volume is no longer in use. Its last figure is told. */
  onLeft: (volume: string, usedBytes: number) => void;
  timing: UsageTiming;
}

/** Times are whole seconds of `performance.now`, and all fields are flat: so a volume takes some 150 bytes. */
class Figures {
  /** Whether a quota counts the volume; undefined before the disk was asked. */
  isLimited: boolean | undefined = undefined;
  /** Undefined before the first reading or count. */
  usedBytes: number | undefined = undefined;
  inodes: number | undefined = undefined;
  /** Undefined if no quota limits the volume: what is free on the disk is available to it. */
  availableBytes: number | undefined = undefined;
  readAtS = 0;
  readonly seenAtS = nowS();
  countAtS: number;
  /** Whether its claim was told last that the volume uses more than its size. */
  isToldOver = false;

  constructor(restsForMs: number) {
    this.countAtS = this.seenAtS + Math.round(restsForMs / 1_000);
  }

  take({ usedBytes, inodes, availableBytes }: Usage, isLimited: boolean): void {
    this.isLimited = isLimited;
    this.usedBytes = usedBytes;
    this.inodes = inodes;
    this.availableBytes = isLimited ? availableBytes : undefined;
    this.readAtS = nowS();
  }

  /** Only where nothing holds the volume to its size. */
  isOver({ capacityBytes }: Place): boolean {
    if (this.isLimited !== false || this.usedBytes === undefined || capacityBytes === 0) return this.isToldOver;
    return this.usedBytes > capacityBytes;
  }
}

/**
 * Keeps what the volumes of one pool use. What a quota counts is read when somebody asks for it. The other volumes are
 * counted in the background, one after another, each minute to each hour. A claim whose volume uses more than its size is told once.
 */
export class UsageWatch {
  readonly #options: UsageWatchOptions;
  readonly #count: Counting;
  /** By name of the volume. */
  readonly #figures = new Map<string, Figures>();
  #timer: NodeJS.Timeout | undefined;
  #counting: Promise<void> | undefined;
  #telling: Promise<void> | undefined;
  #reading: Promise<void> | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: UsageWatchOptions) {
    this.#options = options;
    this.#count = new Counting(options);
  }

  /** Call it once the volumes are listed. */
  start(): void {
    this.#pass();
    this.#timer = setInterval(() => this.#pass(), this.#options.timing.passEveryMs);
  }

  /** The base directory has changed, so what is being counted may lie in another one. */
  baseChanged(): void {
    this.#count.interrupt();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#count.stop();
  }

  /** The volumes in use with their last figures. */
  *volumes(): Generator<VolumeUsage> {
    const now = nowS();
    for (const [volume, { capacityBytes }] of this.#places()) {
      const { usedBytes, inodes, availableBytes, readAtS } = this.#figures.get(volume) ?? {};
      const ageSeconds = usedBytes === undefined ? undefined : now - (readAtS ?? now);
      yield { volume, capacityBytes, usedBytes, inodes, availableBytes, ageSeconds };
    }
  }

  /** Reads what quotas count, unless that was done in the last five seconds. Waits for the disk a second at most, and never fails. */
  async refresh(): Promise<void> {
    if (performance.now() - this.#readAtMs >= readsHoldForMs) {
      this.#reading ??= this.#readLimited().finally(() => {
        this.#reading = undefined;
      });
    }
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, answerWithinMs);
    await Promise.race([this.#reading, over.promise]).finally(() => clearTimeout(timer));
  }

  /** Finds what is to be counted and told, and forgets the volumes that are gone. */
  #pass(): void {
    this.#count.stopUnwanted();
    const due: [volume: string, figures: Figures][] = [];
    const news: string[] = [];
    const mayCount = this.#counting === undefined;
    const now = nowS();
    let inUse = 0;
    for (const [volume, place] of this.#places()) {
      const figures = this.#figuresOf(volume);
      inUse += 1;
      if (mayCount && figures.isLimited !== true && figures.countAtS <= now) due.push([volume, figures]);
      if (figures.isOver(place) !== figures.isToldOver) news.push(volume);
    }
    if (this.#figures.size > inUse) this.#forgetGone();
    this.#counting ??= this.#countAll(due).finally(() => {
      this.#counting = undefined;
    });
    this.#telling ??= this.#tellAll(news).finally(() => {
      this.#telling = undefined;
    });
  }

  #forgetGone(): void {
    for (const [volume, { usedBytes }] of this.#figures) {
      if (this.#placeOf(volume) !== undefined) continue;
      this.#figures.delete(volume);
      if (usedBytes !== undefined) this.#options.onLeft(volume, usedBytes);
    }
  }

  async #readLimited(): Promise<void> {
    this.#readAtMs = performance.now();
    const wanted: string[] = [];
    for (const [volume, place] of this.#places()) {
      if (this.#isReadable(place) && this.#figuresOf(volume).isLimited !== false) wanted.push(volume);
    }
    const shared = wanted.values();
    const readSome = async () => {
      for (const volume of shared) await this.#read(volume);
    };
    await Promise.all(Array.from({ length: readsAtOnce }, readSome));
  }

  /** What cannot be read keeps its last figures. Whoever counts it reports why. */
  async #read(volume: string): Promise<void> {
    try {
      await this.#takeLimited(volume);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
    }
  }

  /** @returns whether a quota counts the volume */
  async #takeLimited(volume: string): Promise<boolean> {
    const usage = await this.#options.storage.readUsage(volume);
    const figures = this.#figuresOf(volume);
    if (usage === undefined) figures.isLimited = false;
    else figures.take(usage, true);
    return usage !== undefined;
  }

  async #countAll(due: [volume: string, figures: Figures][]): Promise<void> {
    const startMs = performance.now();
    due.sort(([, a], [, b]) => lastReadS(a) - lastReadS(b));
    for (const [volume] of due) {
      if (performance.now() - startMs >= orderHoldsForMs) return;
      await this.#count.run(volume, this.#countVolume(volume));
    }
  }

  #countVolume(volume: string): Countable {
    return {
      isWanted: () => this.#isReadable(this.#placeOf(volume)),
      count: async (signal) => {
        if (await this.#takeLimited(volume)) return;
        const usage = await this.#options.storage.countUsage(volume, signal);
        this.#figuresOf(volume).take(usage, false);
      },
      onEnd: (tookMs) => {
        const figures = this.#figuresOf(volume);
        const ageMs = (nowS() - figures.seenAtS) * 1_000;
        const rest = restMs(this.#options.timing, { tookMs, ageMs, volumes: this.#figures.size });
        figures.countAtS = nowS() + Math.round(rest / 1_000);
      },
    };
  }

  /** An API server that does not answer is asked again in the next pass. */
  async #tellAll(volumes: readonly string[]): Promise<void> {
    try {
      for (const volume of volumes) await this.#tell(volume);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** The watch of volumes does not keep their claims, so the volume is read. After a restart, a claim may be told once more. */
  async #tell(volume: string): Promise<void> {
    const { kube, report } = this.#options;
    const object = await kube.readVolume(volume);
    const claim = object && volumeOf(object).claim;
    const place = this.#placeOf(volume);
    const figures = this.#figures.get(volume);
    if (claim === undefined || place === undefined || figures?.usedBytes === undefined) return;
    figures.isToldOver = figures.isOver(place);
    const { capacityBytes } = place;
    report[figures.isToldOver ? 'over' : 'within']({ volume, claim, usedBytes: figures.usedBytes, capacityBytes });
  }

  /** The volumes in use whose path lies in the base directory. */
  *#places(): Generator<[volume: string, place: Place]> {
    const { storage, volumes } = this.#options;
    for (const [volume, place] of volumes().bound()) if (place.basePath === storage.basePath) yield [volume, place];
  }

  #placeOf(volume: string): Place | undefined {
    return this.#options.volumes().boundPlace(volume);
  }

  #isReadable(place: Place | undefined): boolean {
    const base = this.#options.base();
    const isUsable = base !== undefined && !(base instanceof StorageError);
    return isUsable && place !== undefined && mayHold(base, place.baseDirectoryId);
  }

  #figuresOf(volume: string): Figures {
    const known = this.#figures.get(volume);
    if (known !== undefined) return known;
    const figures = new Figures(firstRestMs(this.#options.timing, this.#figures.size + 1));
    this.#figures.set(volume, figures);
    return figures;
  }
}

const nowS = (): number => Math.floor(performance.now() / 1_000);

/** New volumes come first. */
const lastReadS = ({ usedBytes, readAtS }: Figures): number => (usedBytes === undefined ? -1 : readAtS);
