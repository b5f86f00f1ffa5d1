import { StorageError } from '../port.ts';

/** Below 2^31, as some tools take ids for signed numbers; and away from those of Docker and of kubelet (1,048,577 and up). */
export const firstId = 2_000_000_000;
export const lastId = firstId + 999_999;

/** An id in use, and the volume that has it; undefined if a record of ours names none: another tool's, or a lost one. */
export type UsedId = readonly [id: number, volume: string | undefined];

/**
 * The ids of one disk, which several base directories may share. `take` is one synchronous step, so no id is given twice. What a
 * volume has stands in its record before anything else is done with it.
 */
export class QuotaIds {
  readonly #owners = new Map<number, string | undefined>();
  readonly #idsOfVolumes = new Map<string, number>();
  readonly #reads = new Map<string, Promise<void>>();
  readonly #nobodys = new Set<number>();
  readonly #releasing = new Set<number>();
  /** No lower id is free. */
  #lowest = firstId;

  /** Takes in the ids that a base directory uses, once; again after a failure. */
  include(baseDirectoryId: string, read: () => Promise<Iterable<UsedId>>): Promise<void> {
    const known = this.#reads.get(baseDirectoryId);
    if (known !== undefined) return known;
    const reading = this.#read(read);
    this.#reads.set(baseDirectoryId, reading);
    reading.catch(() => this.#reads.delete(baseDirectoryId));
    return reading;
  }

  async #read(read: () => Promise<Iterable<UsedId>>): Promise<void> {
    for (const [id, volume] of await read()) {
      if (this.#owners.get(id) === undefined) this.#own(id, volume);
    }
  }

  /**
   * The lowest free id, which is then the volume's; the same again for a volume that has one.
   * @throws {StorageError} if there is none
   */
  take(volume: string): number {
    const own = this.#idsOfVolumes.get(volume);
    if (own !== undefined) return own;
    while (this.#owners.has(this.#lowest)) this.#lowest += 1;
    if (this.#lowest > lastId) throw allTaken();
    this.#own(this.#lowest, volume);
    return this.#lowest;
  }

  /** The same, past the volume's id: the kernel turned out to know that one. It is nobody's now. */
  takeNext(volume: string): number {
    const own = this.#idsOfVolumes.get(volume);
    if (own !== undefined) this.#own(own, undefined);
    this.#idsOfVolumes.delete(volume);
    return this.take(volume);
  }

  /** Makes the id of an earlier try the volume's. @returns false if it is another volume's by now, or is being released */
  claim(id: number, volume: string): boolean {
    const owner = this.#owners.get(id) ?? volume;
    if (owner !== volume || this.#releasing.has(id)) return false;
    this.#own(id, volume);
    return true;
  }

  /** The volume is gone. Its id is nobody's, and is not given again before it is released. */
  abandon(id: number, volume: string): void {
    if (this.#owners.has(id) && this.#owners.get(id) !== volume) return;
    if (this.#idsOfVolumes.get(volume) === id) this.#idsOfVolumes.delete(volume);
    this.#own(id, undefined);
  }

  /** Ids of our range that no record names, and that are not free. */
  nobodys(): number[] {
    return [...this.#nobodys];
  }

  /**
   * Makes an id of nobody's free once the kernel has forgotten it. Meanwhile no volume can have it.
   * @param forget has the kernel forget it, and says whether it did
   */
  async release(id: number, forget: () => Promise<boolean>): Promise<void> {
    if (!this.#nobodys.has(id) || this.#releasing.has(id)) return;
    this.#releasing.add(id);
    try {
      if (!(await forget()) || !this.#nobodys.delete(id)) return;
      this.#owners.delete(id);
      if (id < this.#lowest) this.#lowest = id;
    } finally {
      this.#releasing.delete(id);
    }
  }

  #own(id: number, volume: string | undefined): void {
    this.#owners.set(id, volume);
    if (volume === undefined && isOurs(id)) this.#nobodys.add(id);
    else this.#nobodys.delete(id);
    if (volume !== undefined) this.#idsOfVolumes.set(volume, id);
  }
}

const isOurs = (id: number): boolean => id >= firstId && id <= lastId;

function allTaken(): StorageError {
  const message = `all ids from ${firstId} to ${lastId} are in use on this disk. Remove quotas of other tools there (repquota -P, or btrfs qgroup show)`;
  return new StorageError('StorageFailed', message);
}
