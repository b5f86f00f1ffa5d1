import { isUnreadableRecord, StorageError, type VolumeStorage } from '../disk/port.ts';
import { backoffMs } from '../flow/backoff.ts';
import { failureOf } from '../flow/failure.ts';
import type { KubeApi } from '../kube/calls/kube-api.ts';
import { isMadeBy, volumeOf } from '../model/volume.ts';
import { whose } from '../model/whose.ts';
import type { Logger } from '../report/log.ts';

/** How often the journal is compared with the cluster when no change asks for it, in milliseconds. */
const scanEveryMs = 10 * 60_000;

/** Age of the base directory, in milliseconds, up to which volumes of an earlier provisioner are searched, at some cost. */
const earlierVolumesWithinMs = 7 * 24 * 3_600_000;

export interface LeftoversOptions {
  storage: Pick<VolumeStorage, 'inspect' | 'listRecords' | 'readRecord' | 'countOrphans'>;
  kube: Pick<KubeApi, 'listUnlabelledVolumes'>;
  nodeName: string;
  provisionerNames: readonly string[];
  ownCluster: () => string | undefined;
  log: Logger;
  metrics: { readonly orphanDirectories: { set(count: number): void } };
  /** Names of this node's volumes; undefined before they are listed. */
  existing: () => { has(volume: string): boolean } | undefined;
  /** Whether the claim of the volume waits for this daemon. */
  isAwaited: (volume: string) => boolean;
  /** A leftover needs a look. */
  onFound: (volume: string) => void;
  /** A volume that an earlier provisioner made on this node needs a look. No watch shows it. */
  onEarlierVolume: (volume: string) => void;
  /** The record names another cluster. */
  onOfAnotherCluster: (volume: string, cluster: string | undefined) => void;
  /** The journal was read. Only the journal knows the volumes that are leftovers. */
  onJournalRead: (journal: {
    isRecorded: (volume: string) => boolean;
    isLeftover: (volume: string) => boolean;
  }) => void;
}

/** Finds what no change reports: leftovers, orphans, and volumes that an earlier provisioner made on this node. */
export class Leftovers {
  readonly #options: LeftoversOptions;
  #timer: NodeJS.Timeout | undefined;
  #stopped = true;
  /** Consecutive failed scans. */
  #failures = 0;
  #earlierVolumesFound = false;
  /** The API server asked for no list before this time, by `performance.now`. */
  #askNotBeforeMs = Number.NEGATIVE_INFINITY;
  #lastScan: Promise<void> = Promise.resolve();

  constructor(options: LeftoversOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    this.#scanAfter(scanEveryMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Scans after the scans that were asked for before. Never rejects: a scan that fails is repeated soon. */
  scan(): Promise<void> {
    this.#lastScan = this.#lastScan.then(() => this.#scan());
    return this.#lastScan;
  }

  async #scan(): Promise<void> {
    const { storage, existing, isAwaited, onJournalRead, log } = this.#options;
    const known = existing();
    if (known === undefined) return; // the next scan comes once they are listed
    try {
      const recorded = new Set(await storage.listRecords());
      const left = new Set([...recorded].filter((volume) => !known.has(volume) && !isAwaited(volume)));
      onJournalRead({ isRecorded: (volume) => recorded.has(volume), isLeftover: (volume) => left.has(volume) });
      for (const volume of left) await this.#judge(volume);
      await this.#countOrphans();
      const askedMs = this.#askNotBeforeMs - performance.now();
      if (askedMs <= 0) await this.#findEarlierVolumes();
      this.#failures = 0;
      this.#scanAfter(askedMs > 0 ? askedMs : scanEveryMs);
    } catch (error) {
      this.#failures += 1;
      const askedMs = failureOf(error).server?.retryAfterMs ?? 0;
      this.#askNotBeforeMs = performance.now() + askedMs;
      const afterMs = Math.max(backoffMs(this.#failures), askedMs);
      const isNews = this.#failures === 1 && !isReportedElsewhere(error);
      log[isNews ? 'warn' : 'debug']({ ...describe(error), afterMs }, 'scan for leftovers failed, retrying');
      this.#scanAfter(afterMs);
    }
  }

  /** Another cluster may have thousands of volumes here: this cluster's API server is not asked about them. */
  async #judge(volume: string): Promise<void> {
    const { storage, ownCluster, onFound, onOfAnotherCluster } = this.#options;
    const record = await storage.readRecord(volume).catch((error: unknown) => {
      if (isUnreadableRecord(error)) return undefined; // the volume's flow reports it
      throw error;
    });
    if (record === undefined || whose(record, ownCluster()) !== 'anotherCluster') onFound(volume);
    else onOfAnotherCluster(volume, record.cluster);
  }

  #scanAfter(delayMs: number): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => void this.scan(), delayMs);
  }

  async #countOrphans(): Promise<void> {
    const { storage, metrics, log } = this.#options;
    const count = await storage.countOrphans();
    metrics.orphanDirectories.set(count);
    if (count > 0) log.info({ count }, 'directories without a record are left alone');
  }

  async #findEarlierVolumes(): Promise<void> {
    if (this.#earlierVolumesFound) return;
    const { storage, kube, nodeName, provisionerNames, onEarlierVolume } = this.#options;
    const { createdAt } = await storage.inspect();
    if (Date.now() - Date.parse(createdAt) < earlierVolumesWithinMs) {
      for await (const object of kube.listUnlabelledVolumes()) {
        const volume = volumeOf(object);
        if (isMadeBy(volume, nodeName, provisionerNames)) onEarlierVolume(volume.name);
      }
    }
    this.#earlierVolumesFound = true;
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
