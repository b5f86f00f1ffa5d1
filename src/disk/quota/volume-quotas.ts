import type { Limit, Quota, VolumeRecord } from '../../model/volume-record.ts';
import type { OpenBase } from '../base/open-base.ts';
import { GroupCommit } from '../group-commit.ts';
import { listVolumes, readRecord, readTrashedRecord } from '../journal/journal.ts';
import { call } from '../native/c-library.ts';
import { type BaseDirectory, isUnreadableRecord, type QuotaSupport, StorageError } from '../port.ts';
import type { QuotaDriver } from './driver.ts';
import { firstId, lastId, QuotaIds, type UsedId } from './ids.ts';
import { projectQuotas } from './project-quotas.ts';
import { subvolumeQuotas } from './subvolume-quotas.ts';
import { readQuotaSupport } from './support.ts';

const drivers: Record<NonNullable<QuotaSupport['by']>, QuotaDriver> = {
  project: projectQuotas,
  subvolume: subvolumeQuotas,
};

/** The ids of all disks that this process has limits on. */
const idsOfDisks = new Map<string, QuotaIds>();

/** The kernel may count a removed directory for half a minute: ids that could not be released are tried again after this. */
const releaseAgainMs = 30_000;

/** Records that are read at a time. */
const readAtOnce = 64;

/** Runs an operation while the base directory is open. @throws {StorageError} if it cannot be used */
type Use = (operation: (base: OpenBase, baseDirectory: BaseDirectory) => Promise<void>) => Promise<void>;

/** Those of all base directories of this process that are not closed. */
const allOfProcess = new Set<VolumeQuotas>();

/** The limits of the volumes in one base directory. Nothing is loaded or read before the first volume with a limit. */
export class VolumeQuotas {
  readonly #use: Use;
  readonly #commits = new GroupCommit(syncFileSystem);
  /** By id of the base directory: whether a record had a limit. */
  readonly #hasLimits = new Map<string, boolean>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(use: Use) {
    this.#use = use;
    allOfProcess.add(this);
  }

  async support(base: OpenBase, { fileSystem }: BaseDirectory): Promise<QuotaSupport> {
    return readQuotaSupport(base, fileSystem);
  }

  /** The support, if a record has a limit, or had one since the start. The records are read once. */
  async limitSupport(base: OpenBase, baseDirectory: BaseDirectory): Promise<QuotaSupport | undefined> {
    const { id } = baseDirectory;
    if (!this.#hasLimits.has(id)) {
      const isOne = (await recordedIds(base, 1)).length > 0;
      // A volume with a limit may have come meanwhile.
      this.#hasLimits.set(id, isOne || this.#hasLimits.get(id) === true);
    }
    return this.#hasLimits.get(id) ? this.support(base, baseDirectory) : undefined;
  }

  /** For a volume with a limit. @throws {StorageError} if nothing on the disk can hold it; the message says what to do */
  open(base: OpenBase, baseDirectory: BaseDirectory): Promise<OpenQuotas> {
    this.#hasLimits.set(baseDirectory.id, true);
    return this.#open(base, baseDirectory);
  }

  async #open(base: OpenBase, baseDirectory: BaseDirectory): Promise<OpenQuotas> {
    const support = await this.support(base, baseDirectory);
    if (support.by === undefined) throw new StorageError('StorageFailed', support.message);
    const driver = drivers[support.by];
    const disk = driver.diskOf(base);
    const ids = idsOfDisks.get(disk) ?? new QuotaIds();
    idsOfDisks.set(disk, ids);
    await ids.include(baseDirectory.id, () => usedIds(base, driver));
    // A daemon that was killed, or a record that was lost, leaves ids behind.
    this.#releaseLater(ids.nobodys());
    return new OpenQuotas(base, driver, ids, this.#commits);
  }

  /** Frees the id of a volume that is gone, now or later. Never throws: the volume is gone whatever happens. */
  async release(base: OpenBase, baseDirectory: BaseDirectory, volume: string, quota: Quota): Promise<void> {
    try {
      const quotas = await this.#open(base, baseDirectory);
      await quotas.release(volume, quota);
      this.#releaseLater(quotas.nobodys);
    } catch {
      // Nothing holds limits there now. The next start that finds that something does, finds the id.
    }
  }

  close(): void {
    this.#isClosed = true;
    allOfProcess.delete(this);
    clearTimeout(this.#timer);
  }

  #releaseLater(ids: readonly number[]): void {
    if (this.#isClosed || ids.length === 0) return;
    this.#timer ??= setTimeout(() => void this.#releaseAndRepeat(ids), releaseAgainMs).unref();
  }

  async #releaseAndRepeat(ids: readonly number[]): Promise<void> {
    const left = await this.#releaseAll(ids).catch(() => ids);
    this.#timer = undefined;
    this.#releaseLater(left);
  }

  /**
   * Releases what no record names and the kernel counts nothing for. A record of another base directory on the same disk may name
   * it, so the journals of all of them are read before. While one cannot be read, nothing is released: to lose an id is better than to
   * share it.
   * @param ids have been nobody's for a while: another daemon that shares the disk may just have set a limit, and not made the directory
   * @returns those that are nobody's now
   */
  async #releaseAll(ids: readonly number[]): Promise<readonly number[]> {
    for (const each of allOfProcess) await each.#include();
    let left: readonly number[] = [];
    await this.#use(async (base, baseDirectory) => {
      const quotas = await this.#open(base, baseDirectory);
      for (const id of ids) await quotas.forget(id);
      left = quotas.nobodys;
    });
    return left;
  }

  /** Takes in the ids that the records name, if they name any. @throws {StorageError} if the base directory or its quotas cannot be used */
  #include(): Promise<void> {
    return this.#use(async (base, baseDirectory) => {
      const isNamed = (await this.limitSupport(base, baseDirectory)) !== undefined;
      if (isNamed) await this.#open(base, baseDirectory);
    });
  }
}

/** The same for one operation, while the base directory is open. */
export class OpenQuotas {
  readonly #base: OpenBase;
  readonly #driver: QuotaDriver;
  readonly #ids: QuotaIds;
  readonly #commits: GroupCommit<number, void>;

  constructor(base: OpenBase, driver: QuotaDriver, ids: QuotaIds, commits: GroupCommit<number, void>) {
    this.#base = base;
    this.#driver = driver;
    this.#ids = ids;
    this.#commits = commits;
  }

  /** Whether blocks that a volume shares with another one count for both. */
  get countsShared(): boolean {
    return this.#driver.countsShared;
  }

  /** Ids of our range that no record names, and that are not free. */
  get nobodys(): number[] {
    return this.#ids.nobodys();
  }

  /**
   * The quota of a new volume, with an id that is its own. What another process uses by now, the kernel knows.
   * @throws {StorageError} if no id is free
   */
  async assign(volume: string, { bytes, inodes }: Limit): Promise<Quota> {
    let id = this.#ids.take(volume);
    while (await this.#driver.knows(this.#base, id)) id = this.#ids.takeNext(volume);
    const limitsInodes = this.#driver.limitsInodes && inodes !== undefined;
    return { id, bytes, ...(limitsInodes && { inodes }) };
  }

  /** Whether the quota that an earlier try noted is still this volume's alone. */
  claim(volume: string, { id }: Quota): boolean {
    return this.#ids.claim(id, volume);
  }

  /** Makes an empty directory in an open one. @returns false if the name is taken */
  make(parent: number, name: string): Promise<boolean> {
    return this.#driver.make(parent, name);
  }

  /** Whether an open directory can be limited, or must be made anew by `make`. */
  canHold(descriptor: number): boolean {
    return this.#driver.canHold(descriptor);
  }

  /** Holds an open, empty directory to its quota. */
  async hold(descriptor: number, quota: Quota): Promise<void> {
    await this.#driver.hold(descriptor, quota);
    await this.#settle();
  }

  /** Sets the limit of a volume anew. On XFS it is durable when a later change of a file is. */
  async set(quota: Quota): Promise<void> {
    await this.#driver.set(this.#base, quota);
    await this.#settle();
  }

  /** Frees the id of a volume that is gone; it is not given again while the kernel counts something for it. Never throws. */
  async release(volume: string, { id }: Quota): Promise<void> {
    this.#ids.abandon(id, volume);
    await this.forget(id);
  }

  /** Frees an id of nobody's, unless the kernel counts something for it. Never throws. */
  forget(id: number): Promise<void> {
    return this.#ids.release(id, () => this.#driver.release(this.#base, id).catch(() => false));
  }

  /** Where order is kept, the fsync that follows makes a limit durable; elsewhere only a commit of everything does. */
  async #settle(): Promise<void> {
    if (!this.#base.keepsOrder) await this.#commits.join(this.#base.identity, this.#base.descriptor);
  }
}

/** The first descriptor is open until the promise settles. */
async function syncFileSystem([descriptor = -1]: readonly number[]): Promise<void> {
  await call({ name: 'syncfs', args: [descriptor] });
}

/** What the records of a base directory name, and what the kernel knows. */
async function usedIds(base: OpenBase, driver: QuotaDriver): Promise<UsedId[]> {
  const used = await recordedIds(base);
  for (const id of await driver.usedIds(base, firstId, lastId)) used.push([id, undefined]);
  return used;
}

/** @param enough the search may end when it has found so many */
async function recordedIds(base: OpenBase, enough = Number.POSITIVE_INFINITY): Promise<UsedId[]> {
  const used: UsedId[] = [];
  const volumes = await listVolumes(base);
  for (let start = 0; start < volumes.length && used.length < enough; start += readAtOnce) {
    const records = await Promise.all(volumes.slice(start, start + readAtOnce).map((name) => recordOf(base, name)));
    for (const record of records) if (record?.quota !== undefined) used.push([record.quota.id, record.volume]);
  }
  return used;
}

/** A damaged record is no obstacle: the kernel knows the id of a directory that is limited. */
async function recordOf(base: OpenBase, volume: string): Promise<VolumeRecord | undefined> {
  try {
    return (await readRecord(base, volume)) ?? (await readTrashedRecord(base, volume));
  } catch (error) {
    if (isUnreadableRecord(error)) return undefined;
    throw error;
  }
}
