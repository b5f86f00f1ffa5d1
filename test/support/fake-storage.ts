import {
  type BaseDirectory,
  type DirectoryOptions,
  type DirectoryPlace,
  type Erasure,
  type FoundOnDisk,
  type MadeDirectory,
  type Space,
  StorageError,
  type TrashEntry,
  type TrashedVolume,
  type VolumeStorage,
} from '../../src/disk/port.ts';
import { keptForMs, type VolumeRecord } from '../../src/model/volume-record.ts';
import { baseDirectory, basePath } from './build-views.ts';

interface FakeDirectory extends DirectoryOptions {
  /** Names of what is in it. */
  entries: string[];
}

/** What goes into the trash of a volume whose directory somebody removed. */
const nothing: FakeDirectory = { mode: 0, owner: undefined, entries: [] };

/** A base directory in memory. Tests look at what is in it, not at the calls. */
export class FakeStorage implements VolumeStorage {
  readonly basePath = basePath;
  readonly base = new Map<string, FakeDirectory>();
  readonly trash = new Map<string, FakeDirectory>();
  /** Of directories in the base directory and in the trash. */
  readonly records = new Map<string, VolumeRecord>();
  baseDirectory: BaseDirectory | StorageError = baseDirectory;
  free: Space = { sizeBytes: 1_000_000, freeBytes: 500_000, inodes: 2_000, freeInodes: 1_000 };

  /** Puts a directory there with its record, as if it had been made earlier. */
  put(record: VolumeRecord, entries: string[] = []): void {
    this.records.set(record.volume, record);
    this.base.set(record.volume, { mode: 0o777, owner: undefined, entries });
  }

  async inspect(): Promise<BaseDirectory> {
    return this.#usable();
  }

  async space(): Promise<Space> {
    this.#usable();
    return this.free;
  }

  async readRecord(volume: string): Promise<VolumeRecord | undefined> {
    this.#usable();
    return this.records.get(volume);
  }

  async listRecords(): Promise<string[]> {
    this.#usable();
    return [...new Set([...this.records.keys(), ...this.trash.keys()])];
  }

  async look(volume: string): Promise<FoundOnDisk> {
    const baseDirectory = this.#usable();
    return { baseDirectory, record: await this.readRecord(volume), place: await this.locate(volume) };
  }

  async locate(volume: string): Promise<DirectoryPlace> {
    this.#usable();
    if (this.base.has(volume)) return 'base';
    return this.trash.has(volume) ? 'trash' : 'nowhere';
  }

  async countOrphans(): Promise<number> {
    this.#usable();
    return [...this.base.keys()].filter((volume) => !this.records.has(volume)).length;
  }

  async adoptDirectory(record: VolumeRecord): Promise<void> {
    this.#usable();
    if (!this.base.has(record.volume)) throw new StorageError('StorageFailed', 'no such directory');
    if (!this.records.has(record.volume)) this.records.set(record.volume, record);
  }

  async syncRecords(): Promise<void> {
    this.#usable();
  }

  async hasContent(volume: string): Promise<boolean> {
    this.#usable();
    return this.#entriesOf(volume) > 0;
  }

  async listDirectories(): Promise<ReadonlySet<string>> {
    return new Set(this.base.keys());
  }

  mayHaveRecord(volume: string): boolean {
    return this.records.has(volume);
  }

  async makeDirectory(record: VolumeRecord, options: DirectoryOptions): Promise<MadeDirectory> {
    const baseDirectory = this.#usable();
    const { volume } = record;
    const taken = this.trash.has(volume) || (this.base.has(volume) && !this.records.has(volume));
    if (taken) throw new StorageError('DirectoryTaken', 'not ours');
    if (this.#entriesOf(volume) > 0) throw new StorageError('DirectoryNotEmpty', 'not empty');
    if (!this.records.has(volume)) this.records.set(volume, record);
    this.base.set(volume, { ...options, entries: [] });
    return { path: `${baseDirectory.path}/${volume}`, baseDirectory };
  }

  async undoDirectory(volume: string): Promise<void> {
    this.#usable();
    if (!this.records.has(volume) || this.trash.has(volume)) return;
    if (this.#entriesOf(volume) > 0) throw new StorageError('DirectoryNotEmpty', `${volume} is not empty`);
    this.base.delete(volume);
    this.records.delete(volume);
  }

  async retainDirectory(volume: string): Promise<void> {
    this.#usable();
    const record = this.records.get(volume);
    if (record === undefined || this.trash.has(volume)) return;
    this.records.set(volume, { ...record, reclaimPolicy: 'Retain' });
  }

  async trashDirectory(volume: string): Promise<void> {
    this.#usable();
    const directory = this.base.get(volume) ?? nothing;
    if (!this.records.has(volume) || this.trash.has(volume)) return;
    this.trash.set(volume, directory);
    this.base.delete(volume);
    const record = this.records.get(volume);
    if (record?.retention !== undefined) {
      this.records.set(volume, { ...record, trashedAt: new Date().toISOString() });
    }
  }

  async eraseTrash(volume: string): Promise<Erasure> {
    this.#usable();
    const directory = this.trash.get(volume);
    if (directory === undefined) return { result: 'erased', entries: 0 };
    const record = this.records.get(volume);
    const forMs = record === undefined ? 0 : keptForMs(record, Date.now());
    if (forMs > 0) return { result: 'kept', forMs };
    this.trash.delete(volume);
    this.records.delete(volume);
    return { result: 'erased', entries: directory.entries.length };
  }

  async readTrash(volume: string): Promise<TrashedVolume | undefined> {
    this.#usable();
    if (!this.trash.has(volume)) return undefined;
    return { record: this.records.get(volume), moveUnfinished: false, canBeRestored: true };
  }

  async listTrash(): Promise<TrashEntry[]> {
    this.#usable();
    return [...this.trash.keys()].map((volume) => ({ volume, record: this.records.get(volume), keptUntil: undefined }));
  }

  async restoreDirectory(volume: string): Promise<MadeDirectory> {
    const baseDirectory = this.#usable();
    const record = this.records.get(volume);
    const directory = this.trash.get(volume) ?? this.base.get(volume);
    if (record === undefined || directory === undefined) throw new StorageError('NotInTrash', 'not in the trash');
    this.trash.delete(volume);
    this.base.set(volume, directory);
    const { trashedAt: _, ...kept } = record;
    this.records.set(volume, { ...kept, reclaimPolicy: 'Retain' });
    return { path: `${baseDirectory.path}/${volume}`, baseDirectory };
  }

  async takeOver(record: VolumeRecord): Promise<MadeDirectory> {
    const baseDirectory = this.#usable();
    if (!this.records.has(record.volume) || !this.base.has(record.volume)) {
      throw new StorageError('NotInPlace', 'not in its place');
    }
    this.records.set(record.volume, record);
    return { path: `${baseDirectory.path}/${record.volume}`, baseDirectory };
  }

  async close(): Promise<void> {}

  #usable(): BaseDirectory {
    if (this.baseDirectory instanceof StorageError) throw this.baseDirectory;
    return this.baseDirectory;
  }

  #entriesOf(volume: string): number {
    return this.base.get(volume)?.entries.length ?? 0;
  }
}
