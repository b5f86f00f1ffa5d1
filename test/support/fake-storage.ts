import {
  type BaseDirectory,
  type DirectoryOptions,
  type DirectoryPlace,
  type Erasure,
  type FoundOnDisk,
  type MadeDirectory,
  type Space,
  StorageError,
  type StorageReason,
  type TrashEntry,
  type TrashedVolume,
  type VolumeStorage,
} from '../../src/disk/port.ts';
import { isVolumeName } from '../../src/model/names.ts';
import { retentionLeftMs, type VolumeRecord } from '../../src/model/volume-record.ts';
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
  readonly basePath = basePath;
  readonly base = new Map<string, FakeDirectory>();
  /** Undefined for a volume whose directory somebody removed before it came into the trash. */
  readonly trash = new Map<string, FakeDirectory | undefined>();
  /** Of directories in the base directory and in the trash. */
  readonly records = new Map<string, VolumeRecord>();
  /** Volumes in the trash whose record is still in the journal, as a crash leaves them. */
  readonly unfinishedMoves = new Set<string>();
  baseDirectory: BaseDirectory | StorageError = baseDirectory;
  free: Space = { sizeBytes: 1_000_000, freeBytes: 500_000, inodes: 2_000, freeInodes: 1_000 };

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

  async find(volume: string): Promise<FoundOnDisk> {
    const baseDirectory = this.#usable(volume);
    return { baseDirectory, record: await this.readRecord(volume), place: await this.locate(volume) };
  }

  mayHaveRecord(volume: string): boolean {
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

  async countOrphans(): Promise<number> {
    this.#usable();
    return [...this.base.keys()].filter((volume) => !this.records.has(volume)).length;
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
    if (!isBegun) this.records.set(volume, record);
    this.base.set(volume, { ...options, entries: [] });
    return this.#made(volume);
  }

  async adoptDirectory(record: VolumeRecord): Promise<void> {
    const { volume } = record;
    this.#usable(volume);
    if (!this.base.has(volume)) throw refusal('StorageFailed', volume);
    if (!this.records.has(volume)) this.records.set(volume, record);
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

  async close(): Promise<void> {}

  #usable(volume?: string): BaseDirectory {
    if (volume !== undefined && !isVolumeName(volume)) throw refusal('VolumeNameInvalid', volume);
    if (this.baseDirectory instanceof StorageError) throw this.baseDirectory;
    return this.baseDirectory;
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
