import { BaseDirectoryWatch } from './changes/base-directory.ts';
import { DirectoryWatch } from './changes/directories.ts';
import { LimitsWatch } from './changes/limits.ts';
import { TrashUsageWatch } from './changes/trash-usage.ts';
import { type UsageTiming, UsageWatch, usualTiming } from './changes/usage.ts';
import type { Volumes } from './changes/volumes.ts';
import type { BaseDirectoryOption } from './config/options.ts';
import type { SiblingBases } from './disk/base/sibling-bases.ts';
import { openVolumeStorage } from './disk/file-system-storage.ts';
import type { ClusterFacts, KnownBases, Space, StorageError, VolumeStorage } from './disk/port.ts';
import type { KeyedLock } from './flow/keyed-lock.ts';
import type { KubeApi } from './kube/calls/kube-api.ts';
import type { Reserve } from './model/reserve.ts';
import { BaseDirectoryReport, type BaseDirectoryReportOptions } from './report/base-directory-report.ts';
import type { PoolFacts } from './report/node-status.ts';
import type { PoolUsage } from './report/usage-metrics.ts';
import { UsageReport } from './report/usage-report.ts';
import type { Pool } from './volume/pools.ts';
import { RoomAccount } from './volume/room.ts';

export interface WatchedPoolOptions extends Omit<BaseDirectoryReportOptions, 'pool'> {
  knownBases: KnownBases;
  ownCluster: ClusterFacts;
  /** All base directories of this daemon. */
  siblings: SiblingBases;
  /** Whether the process runs in the daemon's pod. */
  inPod: boolean;
  volumes: () => Pick<Volumes, 'bound' | 'boundPlace' | 'capacityIn' | 'capacityOf'>;
  /** What of each base directory is promised to no volume. */
  reserve: Reserve;
  /** Names of the volumes that are known to have lost their directories. */
  lost: () => Iterable<string>;
  /** The base directory became usable, or another one took its place. */
  onUsable: () => void;
  /** A volume may have lost its directory, or may have it again; or there may be room for its claim. */
  onDirectoryChange: (volume: string) => void;
  kube: Pick<KubeApi, 'readVolume'>;
  /** The counts of all pools wait for one another here. */
  countTurns: KeyedLock;
  usageTiming: UsageTiming | undefined;
}

/** A base directory with its own storage, and the five watches that look at it. */
export class WatchedPool implements Pool {
  readonly name: string;
  readonly storage: VolumeStorage;
  readonly room: RoomAccount;
  readonly #base: BaseDirectoryWatch;
  readonly #directories: DirectoryWatch;
  readonly #limits: LimitsWatch;
  readonly #usage: UsageWatch;
  readonly #trashUsage: TrashUsageWatch;

  constructor({ pool, path }: BaseDirectoryOption, options: WatchedPoolOptions) {
    this.name = pool;
    this.storage = openVolumeStorage({ ...options, basePath: path });
    const report = new BaseDirectoryReport({ ...options, pool });
    this.#base = new BaseDirectoryWatch({
      storage: this.storage,
      report,
      onSizeChange: () => this.room.becameLarger(),
      onUsable: options.onUsable,
      onChange: () => {
        void this.#directories.baseChanged();
        this.#limits.look();
        this.#usage.baseChanged();
        this.#trashUsage.baseChanged();
      },
    });
    this.#limits = new LimitsWatch({ storage: this.storage, report });
    this.#directories = new DirectoryWatch({
      storage: this.storage,
      volumes: options.volumes,
      lost: options.lost,
      base: () => this.#base.found,
      onChange: options.onDirectoryChange,
    });
    this.room = new RoomAccount({
      space: () => this.space,
      registeredBytes: () => options.volumes().capacityIn(this.#base.id),
      registeredBytesOf: (volume) => options.volumes().capacityOf(volume, this.#base.id),
      reserve: options.reserve,
      onRoom: options.onDirectoryChange,
    });
    const ofUsage = {
      storage: this.storage,
      base: () => this.#base.found,
      report: new UsageReport(pool, options),
      turns: options.countTurns,
      timing: options.usageTiming ?? usualTiming,
    };
    this.#trashUsage = new TrashUsageWatch(ofUsage);
    this.#usage = new UsageWatch({
      ...ofUsage,
      volumes: options.volumes,
      kube: options.kube,
      onLeft: (volume, usedBytes) => this.#trashUsage.left(volume, usedBytes),
    });
  }

  get trouble(): { error: StorageError; forMs: number } | undefined {
    return this.#base.unusable;
  }

  get space(): Space | undefined {
    return this.#base.space;
  }

  /** Why the base directory cannot be used, with its reason; undefined when it can. */
  get unready(): string | undefined {
    return this.#base.trouble;
  }

  /** Inspects the base directory, and goes on doing so. */
  start(): Promise<void> {
    return this.#base.start();
  }

  inspectNow(): Promise<void> {
    return this.#base.inspectNow();
  }

  /** What its volumes and its trash use. A disk that does not answer holds it up for a second at most. */
  async usage(): Promise<PoolUsage> {
    await this.#usage.refresh();
    return {
      pool: this.name,
      volumes: this.#usage.volumes(),
      trashBytes: this.#trashUsage.bytes,
      freeBytes: this.space?.freeBytes,
    };
  }

  /** All that is known of it but its orphans. A disk that does not answer holds it up as it does `usage`. */
  async facts(): Promise<Omit<PoolFacts, 'orphans'>> {
    return {
      path: this.storage.basePath,
      found: this.#base.found,
      space: this.space,
      room: this.room.room,
      limitsHeld: this.#limits.held,
      usage: await this.usage(),
      trashed: this.#trashUsage.volumes(),
    };
  }

  /** Call it once the volumes are listed. */
  watchDirectories(): void {
    this.#directories.start();
    this.#limits.start();
    this.#usage.start();
    this.#trashUsage.start();
  }

  stop(): void {
    this.#base.stop();
    this.#directories.stop();
    this.#limits.stop();
    this.room.stop();
    this.#usage.stop();
    this.#trashUsage.stop();
  }
}
