import type { Space, StorageError, VolumeStorage } from '../disk/port.ts';
import type { RoomAccount } from './room.ts';

/** A base directory of this node, under the name that a class can select, and what is known of it without asking its disk. */
export interface Pool<Storage = VolumeStorage> {
  readonly name: string;
  readonly storage: Storage;
  /** Why its base directory cannot be used, and for how long that has been so; undefined when it can. */
  readonly trouble: { error: StorageError; forMs: number } | undefined;
  /** Undefined while its base directory cannot be used. */
  readonly space: Space | undefined;
  /** What it has promised to volumes. */
  readonly room: RoomAccount;
}

/** What finding the pool of a volume needs of a storage. */
type Finder = Pick<VolumeStorage, 'basePath' | 'hasRecord'>;

/** The pools of this node: at least one. Every volume lies in one of them, and each has its own journal, trash and guard. */
export class Pools<Storage extends Finder = VolumeStorage> {
  readonly all: readonly Pool<Storage>[];

  constructor(all: readonly Pool<Storage>[]) {
    this.all = all;
  }

  /** @throws {Error} for a name that no pool has, which is a defect */
  named(name: string): Pool<Storage> {
    const pool = this.all.find((candidate) => candidate.name === name);
    if (pool === undefined) throw new Error(`no pool has the name ${name}`);
    return pool;
  }

  /**
   * The pools whose journal or trash has the volume, from memory. A single pool may have it as long as its journal was not read.
   * Of several, one whose disk is missing since the start counts as not having it, as it must not hold up the others.
   */
  having(volume: string): readonly Pool<Storage>[] {
    const isSingle = this.all.length === 1;
    return this.all.filter(({ storage }) => storage.hasRecord(volume) ?? isSingle);
  }

  /** Releases the room of a volume in the pools that have no record of it. */
  releaseUnrecorded(volume: string): void {
    for (const { storage, room } of this.all) if (storage.hasRecord(volume) === false) room.release(volume);
  }

  /** The pool whose base directory has this path. A single pool stands for every path, and its label says what differs. */
  at(basePath: string | undefined): Pool<Storage> | undefined {
    const [only, ...others] = this.all;
    return others.length === 0 ? only : this.all.find(({ storage }) => storage.basePath === basePath);
  }
}
