import { isUnreadableRecord, StorageError, type VolumeStorage } from '../disk/port.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import { whose } from '../model/whose.ts';
import type { Logger } from '../report/log.ts';
import { EarlierVolumes, type EarlierVolumesOptions } from './earlier-volumes.ts';
import { RepeatedScan } from './repeated-scan.ts';

/** How often the journal is compared with the cluster when no change asks for it, in milliseconds. */
const scanEveryMs = 10 * 60_000;

export interface LeftoversOptions extends EarlierVolumesOptions {
  pools: readonly ScannedPool[];
  ownCluster: () => string | undefined;
  log: Logger;
  /** Whether this node's volumes are listed. */
  areListed: () => boolean;
  /** Whether a volume object exists that lies in the base directory of this path, or does not say where it lies. */
  existsIn: (volume: string, basePath: string) => boolean;
  /** Whether the claim of the volume waits for this daemon. */
  isAwaited: (volume: string) => boolean;
  /** A leftover needs a look. */
  onFound: (volume: string) => void;
  /** The record names another cluster. */
  onOfAnotherCluster: (record: VolumeRecord, pool: string) => void;
  /** A journal was read. Only a journal knows the volumes that are leftovers. What was never read may be both. */
  onJournalsRead: (journals: {
    isRecorded: (volume: string) => boolean;
    isLeftover: (volume: string) => boolean;
  }) => void;
}

interface ScannedPool {
  readonly name: string;
  readonly storage: Storage;
}

type Storage = Pick<VolumeStorage, 'basePath' | 'inspect' | 'hasRecord' | 'listRecords' | 'readRecord' | 'listOrphans'>;

/**
 * Finds what no change reports: leftovers, orphans, and volumes that an earlier provisioner made on this node. Each pool is scanned
 * by itself: a disk that is missing, or that does not answer, does not hold up the others.
 */
export class Leftovers {
  readonly #options: LeftoversOptions;
  readonly #earlierVolumes: EarlierVolumes;
  readonly #search: RepeatedScan;
  readonly #scans: readonly RepeatedScan[];
  readonly #orphans = new Map<string, number>();

  constructor(options: LeftoversOptions) {
    this.#options = options;
    this.#earlierVolumes = new EarlierVolumes(options);
    this.#search = new RepeatedScan({
      scan: () => this.#earlierVolumes.search(),
      everyMs: undefined,
      onFailure: (error, failures, afterMs) =>
        this.#warn('search for volumes of an earlier provisioner failed, retrying', error, failures, { afterMs }),
    });
    this.#scans = options.pools.map((pool) => this.#scanOf(pool));
  }

  start(): void {
    for (const scan of [...this.#scans, this.#search]) scan.start();
  }

  stop(): void {
    for (const scan of [...this.#scans, this.#search]) scan.stop();
  }

  /** Scans all pools after the scans that were asked for before. Never rejects: a scan that fails is repeated soon. */
  async scan(): Promise<void> {
    await Promise.all(this.#scans.map((scan) => scan.run()));
  }

  /** How many directories had no record at the last scan, by pool. */
  get orphans(): ReadonlyMap<string, number> {
    return this.#orphans;
  }

  #scanOf(pool: ScannedPool): RepeatedScan {
    return new RepeatedScan({
      scan: () => this.#scan(pool),
      everyMs: scanEveryMs,
      onFailure: (error, failures, afterMs) =>
        this.#warn('scan for leftovers failed, retrying', error, failures, { pool: pool.name, afterMs }),
    });
  }

  async #scan(pool: ScannedPool): Promise<void> {
    if (!this.#options.areListed()) return; // the next scan comes once they are listed
    const { storage } = pool;
    const recorded = new Set(await storage.listRecords());
    this.#tellRead(pool, recorded);
    for (const volume of recorded) if (this.#isLeft(volume, pool)) await this.#judge(volume, pool);
    await this.#countOrphans(pool);
    if (this.#earlierVolumes.mayLieIn(await storage.inspect())) await this.#search.run();
  }

  /** Of the other pools, the names that were read before have to do: their disks may be missing. */
  #tellRead(pool: ScannedPool, recorded: ReadonlySet<string>): void {
    const { pools, onJournalsRead } = this.#options;
    const mayHave = (other: ScannedPool, volume: string): boolean =>
      other === pool ? recorded.has(volume) : (other.storage.hasRecord(volume) ?? true);
    onJournalsRead({
      isRecorded: (volume) => pools.some((other) => mayHave(other, volume)),
      isLeftover: (volume) => pools.some((other) => mayHave(other, volume) && this.#isLeft(volume, other)),
    });
  }

  #isLeft(volume: string, { storage }: ScannedPool): boolean {
    const { existsIn, isAwaited } = this.#options;
    return !existsIn(volume, storage.basePath) && !isAwaited(volume);
  }

  /** Another cluster may have thousands of volumes here: this cluster's API server is not asked about them. */
  async #judge(volume: string, { name: pool, storage }: ScannedPool): Promise<void> {
    const { ownCluster, onFound, onOfAnotherCluster } = this.#options;
    const record = await storage.readRecord(volume).catch((error: unknown) => {
      if (isUnreadableRecord(error)) return undefined; // the volume's flow reports it
      throw error;
    });
    if (record === undefined || whose(record, ownCluster()) !== 'anotherCluster') onFound(volume);
    else onOfAnotherCluster(record, pool);
  }

  async #countOrphans({ name: pool, storage }: ScannedPool): Promise<void> {
    const { length: count } = await storage.listOrphans();
    this.#orphans.set(pool, count);
    if (count > 0) this.#options.log.info({ pool, count }, 'directories without a record are left alone');
  }

  #warn(msg: string, error: unknown, failures: number, fields: object): void {
    const isNews = failures === 1 && !isReportedElsewhere(error);
    this.#options.log[isNews ? 'warn' : 'debug']({ ...describe(error), ...fields }, msg);
  }
}

/** The watch of the base directory reports why it cannot be used. */
function isReportedElsewhere(error: unknown): boolean {
  return error instanceof StorageError && /^(BaseDirectory|NodeNotRegistered$|VolumesNotListed$)/.test(error.reason);
}

/** An error with a reason is no defect, so its stack does not help. */
function describe(error: unknown) {
  const hasReason = error instanceof Error && 'reason' in error;
  return hasReason ? { reason: error.reason, message: error.message } : { err: error };
}
