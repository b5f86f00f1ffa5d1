import {
  type BaseDirectory,
  type Cloning,
  type DirectoryOptions,
  type DirectoryPlace,
  type Erasure,
  type FoundOnDisk,
  type MadeDirectory,
  type QuotaSupport,
  type Space,
  StorageError,
  type StorageReason,
  type TrashEntry,
  type TrashedVolume,
  type TrashUsage,
  type Usage,
  type VolumeStorage,
} from '../../src/disk/port.ts';
import { defaultPool, isVolumeName } from '../../src/model/names.ts';
import { isLarger } from '../../src/model/quantity.ts';
import { type Limit, type Quota, retentionLeftMs, type VolumeRecord } from '../../src/model/volume-record.ts';
import type { Pool } from '../../src/volume/pools.ts';
import { RoomAccount, type RoomOptions } from '../../src/volume/room.ts';
import { baseDirectory, basePath } from './build-views.ts';

interface FakeDirectory extends DirectoryOptions {
  /** Names of what is in it. */
  entries: string[];
}

/**
 * A base directory in memory. Tests look at what is in it, not at the calls. `test/unit/disk/storage-contract.test.ts`
 * proves that it does as the real one.
 */
export class FakeStorage implements VolumeStorage {
  readonly basePath: string;
  readonly base = new Map<string, FakeDirectory>();
  /** Undefined for a volume whose directory somebody removed before it came into the trash. */
  readonly trash = new Map<string, FakeDirectory | undefined>();
  /** Of directories in the base directory and in the trash. */
  readonly records = new Map<string, VolumeRecord>();
  /** Volumes in the trash whose record is still in the journal, as a crash leaves them. */
  readonly unfinishedMoves = new Set<string>();
  /** What is in directories, in the base directory and in the trash; 0 for others. */
  readonly usedBytes = new Map<string, number>();
  /** Sources of unfinished copies, by the volume that they are for. */
  readonly clones = new Map<string, string>();
  /** Whether copies become whole by the next call. */
  doClonesEnd = true;
  baseDirectory: BaseDirectory | StorageError = baseDirectory;
  support: QuotaSupport = { by: undefined, message: 'mount it with prjquota' };
  free: Space = { sizeBytes: 1_000_000, usableBytes: 900_000, freeBytes: 500_000, inodes: 2_000, freeInodes: 1_000 };

  constructor(path: string = basePath) {
    this.basePath = path;
  }

  /** Puts a directory there with its record, as if it had been made earlier. */
  put(record: VolumeRecord, entries: string[] = []): void {
    this.records.set(record.volume, record);
    this.base.set(record.volume, { mode: 0o777, owner: undefined, entries });
  }

  /** A crash comes between the move of the directory to the trash and that of its record. */
  breakMove(volume: string): void {
    this.trash.set(volume, this.base.get(volume));
    this.base.delete(volume);
    this.unfinishedMoves.add(volume);
  }

  async inspect(): Promise<BaseDirectory> {
    return this.#usable();
  }

  async space(): Promise<Space> {
    this.#usable();
    return this.free;
  }

  async limitSupport(): Promise<QuotaSupport | undefined> {
    const isLimited = [...this.records.values()].some(({ quota }) => quota !== undefined);
    await this.inspect();
    return isLimited ? this.support : undefined;
  }

  async quotaSupport(): Promise<QuotaSupport> {
    this.#usable();
    return this.support;
  }

  async find(volume: string): Promise<FoundOnDisk> {
    const baseDirectory = this.#usable(volume);
    return { baseDirectory, record: await this.readRecord(volume), place: await this.locate(volume) };
  }

  hasRecord(volume: string): boolean | undefined {
    return this.#journalled(volume) !== undefined || this.trash.has(volume);
  }

  async readRecord(volume: string): Promise<VolumeRecord | undefined> {
    const { cluster } = this.#usable(volume);
    const record = this.records.get(volume);
    return record && cluster !== undefined ? { cluster, ...record } : record;
  }

  async listRecords(): Promise<string[]> {
    this.#usable();
    return [...new Set([...this.records.keys(), ...this.trash.keys()])];
  }

  async listOrphans(): Promise<string[]> {
    this.#usable();
    return [...this.base.keys()].filter((volume) => !this.records.has(volume)).sort();
  }

  async listDirectories(): Promise<ReadonlySet<string>> {
    return new Set(this.base.keys());
  }

  async locate(volume: string): Promise<DirectoryPlace> {
    this.#usable(volume);
    if (this.base.has(volume)) return 'base';
    return this.trash.has(volume) ? 'trash' : 'nowhere';
  }

  async makeDirectory(record: VolumeRecord, options: DirectoryOptions): Promise<MadeDirectory> {
    const { volume } = record;
    this.#usable(volume);
    const isBegun = this.#journalled(volume) !== undefined;
    if (!isBegun && (this.base.has(volume) || this.trash.has(volume))) throw refusal('DirectoryTaken', volume);
    await this.#proveEmpty(volume);
    const noted = this.#journalled(volume) ?? record;
    const limit = noted.quota ?? options.limit;
    if (limit !== undefined && this.support.by === undefined) throw refusal('StorageFailed', volume);
    this.records.set(volume, limit === undefined ? noted : { ...noted, quota: { id: this.#freeId(), ...limit } });
    this.base.set(volume, { ...options, entries: [] });
    return this.#made(volume);
  }

  async cloneDirectory(
    record: VolumeRecord,
    { source, mode, owner, limit }: DirectoryOptions & { source: string },
  ): Promise<Cloning> {
    const { volume } = record;
    for (const name of [source, volume]) this.#usable(name);
    const progress = { copiedBytes: 0, totalBytes: undefined, entries: 0 };
    const whole = { state: 'done', directory: this.#made(volume), progress, skipped: 0 } as const;
    if (this.#journalled(volume)?.source !== undefined && this.base.has(volume)) return { ...whole, isNew: false };
    if (this.base.has(volume) || this.trash.has(volume)) throw refusal('DirectoryTaken', volume);
    const copied = this.base.get(source);
    if (!this.clones.has(volume) && copied === undefined) throw refusal('NotInPlace', source);
    const noted = { ...(this.#journalled(volume) ?? record), source };
    const isNewLimit = noted.quota === undefined && limit !== undefined;
    this.records.set(volume, isNewLimit ? { ...noted, quota: { id: this.#freeId(), ...limit } } : noted);
    if (!this.clones.has(volume) || !this.doClonesEnd) {
      this.clones.set(volume, source);
      return { state: 'copying', progress };
    }
    this.clones.delete(volume);
    this.base.set(volume, { mode, owner, entries: [], ...copied, ...(owner && { mode, owner }) });
    return { ...whole, isNew: true };
  }

  async adoptDirectory(record: VolumeRecord): Promise<void> {
    const { volume } = record;
    this.#usable(volume);
    if (!this.base.has(volume)) throw refusal('StorageFailed', volume);
    if (!this.records.has(volume)) this.records.set(volume, record);
  }

  async growDirectory(
    volume: string,
    { capacity, limit }: { capacity: string; limit: Limit | undefined },
  ): Promise<void> {
    this.#usable(volume);
    const record = this.#journalled(volume);
    if (record === undefined) return;
    const { template, quota } = record;
    this.records.set(volume, {
      ...record,
      ...(template && isLarger(capacity, template.capacity) && { template: { ...template, capacity } }),
      ...(quota && limit && { quota: largerQuota(quota, limit) }),
    });
  }

  async syncRecords(): Promise<void> {
    this.#usable();
  }

  async hasContent(volume: string): Promise<boolean> {
    this.#usable(volume);
    return (this.base.get(volume)?.entries.length ?? 0) > 0;
  }

  async undoDirectory(volume: string): Promise<void> {
    this.#usable(volume);
    if (this.#journalled(volume) === undefined) return;
    if (this.clones.delete(volume)) {
      this.trash.set(volume, undefined);
      return;
    }
    await this.#proveEmpty(volume);
    this.base.delete(volume);
    this.records.delete(volume);
  }

  async retainDirectory(volume: string): Promise<void> {
    this.#usable(volume);
    const record = this.#journalled(volume);
    if (record !== undefined) this.records.set(volume, { ...record, reclaimPolicy: 'Retain' });
  }

  async trashDirectory(volume: string): Promise<void> {
    this.#usable(volume);
    if ([...this.clones.values()].includes(volume)) throw refusal('BeingCopied', volume);
    this.clones.delete(volume);
    const record = this.#journalled(volume);
    if (record === undefined) {
      if (this.base.has(volume)) throw refusal('DirectoryTaken', volume);
      return;
    }
    if (!this.unfinishedMoves.delete(volume)) this.trash.set(volume, this.base.get(volume));
    this.base.delete(volume);
    if (record.retention !== undefined) this.records.set(volume, { trashedAt: new Date().toISOString(), ...record });
  }

  async eraseTrash(volume: string): Promise<Erasure> {
    this.#usable(volume);
    const directory = this.trash.get(volume);
    if (!this.trash.delete(volume)) return { result: 'erased', entries: 0 };
    this.records.delete(volume);
    return { result: 'erased', entries: directory === undefined ? 0 : directory.entries.length + 1 };
  }

  async readTrash(volume: string): Promise<TrashedVolume | undefined> {
    this.#usable(volume);
    if (!this.trash.has(volume)) return undefined;
    return {
      record: await this.readRecord(volume),
      moveUnfinished: this.unfinishedMoves.has(volume),
      canBeRestored: this.trash.get(volume) !== undefined,
    };
  }

  async listTrash(): Promise<TrashEntry[]> {
    this.#usable();
    const names = [...this.trash.keys()].sort();
    const entries = names.map(async (volume) => {
      const record = await this.readRecord(volume);
      const isKept = record?.retention !== undefined && this.trash.get(volume) !== undefined;
      const nowMs = Date.now();
      return { volume, record, keptUntil: isKept ? new Date(nowMs + retentionLeftMs(record, nowMs)) : undefined };
    });
    return Promise.all(entries);
  }

  async listTrashed(): Promise<string[]> {
    this.#usable();
    return [...this.trash.keys()].sort();
  }

  async restoreDirectory(volume: string): Promise<MadeDirectory> {
    this.#usable(volume);
    const record = this.records.get(volume);
    const directory = this.trash.get(volume);
    if (directory !== undefined) {
      if (record?.retention === undefined) throw refusal('NotInTrash', volume);
      const { trashedAt: _, ...kept } = record;
      this.trash.delete(volume);
      this.base.set(volume, directory);
      this.records.set(volume, { ...kept, reclaimPolicy: 'Retain' });
    } else if (record?.reclaimPolicy !== 'Retain' || !this.base.has(volume)) throw refusal('NotInTrash', volume);
    return this.#made(volume);
  }

  async takeOver(record: VolumeRecord): Promise<MadeDirectory> {
    const { volume } = record;
    this.#usable(volume);
    if (this.#journalled(volume) === undefined || !this.base.has(volume)) throw refusal('NotInPlace', volume);
    this.records.set(volume, record);
    return this.#made(volume);
  }

  async readUsage(volume: string): Promise<Usage | undefined> {
    const { limit } = this.#directory(volume);
    const { usedBytes, inodes } = this.#counted(volume);
    if (limit === undefined) return undefined;
    const availableBytes = Math.max(limit.bytes - usedBytes, 0);
    return {
      usedBytes,
      inodes: limit.inodes === undefined ? undefined : inodes,
      sizeBytes: limit.bytes,
      availableBytes,
      atMs: performance.now(),
    };
  }

  async countUsage(volume: string, signal?: AbortSignal): Promise<Usage> {
    const counted = this.#counted(volume);
    if (signal?.aborted) throw refusal('StorageFailed', volume);
    const { sizeBytes, freeBytes } = this.free;
    return { ...counted, sizeBytes, availableBytes: freeBytes, atMs: performance.now() };
  }

  async countTrashed(volume: string, signal?: AbortSignal): Promise<TrashUsage | undefined> {
    this.#usable(volume);
    if (!this.trash.has(volume)) return undefined;
    if (signal?.aborted) throw refusal('StorageFailed', volume);
    const directory = this.trash.get(volume);
    // The volume's place in the trash, its record, and the directory with what is in it.
    const inodes = 2 + (directory === undefined ? 0 : 1 + directory.entries.length);
    return { usedBytes: this.usedBytes.get(volume) ?? 0, inodes };
  }

  async close(): Promise<void> {}

  #directory(volume: string): FakeDirectory {
    this.#usable(volume);
    const directory = this.base.get(volume);
    if (directory === undefined) throw refusal('StorageFailed', volume);
    return directory;
  }

  #counted(volume: string): { usedBytes: number; inodes: number } {
    const { entries } = this.#directory(volume);
    return { usedBytes: this.usedBytes.get(volume) ?? 0, inodes: entries.length + 1 };
  }

  #usable(volume?: string): BaseDirectory {
    if (volume !== undefined && !isVolumeName(volume)) throw refusal('VolumeNameInvalid', volume);
    if (this.baseDirectory instanceof StorageError) throw this.baseDirectory;
    return this.baseDirectory;
  }

  #freeId(): number {
    const used = new Set([...this.records.values()].map(({ quota }) => quota?.id));
    let id = 2_000_000_000;
    while (used.has(id)) id += 1;
    return id;
  }

  /** The record of a volume, unless it is in the trash. */
  #journalled(volume: string): VolumeRecord | undefined {
    return this.trash.has(volume) && !this.unfinishedMoves.has(volume) ? undefined : this.records.get(volume);
  }

  async #proveEmpty(volume: string): Promise<void> {
    if (await this.hasContent(volume)) throw refusal('DirectoryNotEmpty', volume);
  }

  #made(volume: string): MadeDirectory {
    return { path: `${this.basePath}/${volume}`, baseDirectory: this.#usable() };
  }
}

const refusal = (reason: StorageReason, volume: string): StorageError =>
  new StorageError(reason, `${volume}: ${reason}`);

/** The sizes of volume objects, in bytes. */
type Sizes = Pick<RoomOptions, 'registeredBytes' | 'registeredBytesOf'>;

/** The storage as a pool of a node. */
export class FakePool implements Pool<FakeStorage> {
  readonly name: string;
  readonly storage: FakeStorage;
  readonly room: RoomAccount;
  trouble: Pool['trouble'];
  /** Undefined: its size is not known. */
  space: Space | undefined = {
    sizeBytes: 2 ** 50,
    usableBytes: 2 ** 50,
    freeBytes: 2 ** 50,
    inodes: 0,
    freeInodes: 0,
  };

  constructor(
    sizes: Sizes = { registeredBytes: () => 0, registeredBytesOf: () => 0 },
    onRoom: (volume: string) => void = () => undefined,
    { name, path }: { name: string; path: string } = { name: defaultPool, path: basePath },
  ) {
    this.name = name;
    this.storage = new FakeStorage(path);
    this.room = new RoomAccount({ ...sizes, space: () => this.space, reserve: { bytes: 0 }, onRoom });
  }
}

function largerQuota(quota: Quota, { bytes, inodes = 0 }: Limit): Quota {
  const more = quota.inodes === undefined ? {} : { inodes: Math.max(quota.inodes, inodes) };
  return { ...quota, bytes: Math.max(quota.bytes, bytes), ...more };
}
