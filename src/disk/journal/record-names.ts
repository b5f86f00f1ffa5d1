/**
 * Names of the volumes with a record, as far as this process knows: they spare a read of the disk for each claim. They prove
 * nothing, because other processes add and remove records, and a name stays until the next listing when its record could not be
 * written.
 */
export class RecordNames {
  #names: Set<string> | undefined;
  /** Listings under way, each with the names that came (true) or went since it began. */
  readonly #listings = new Set<Map<string, boolean>>();

  /** Undefined while nothing was read. */
  includes(volume: string): boolean | undefined {
    return this.#names?.has(volume);
  }

  /** Has the name while its record is being written, and then: a write that failed may have left the record. */
  async adding<Result>(volume: string, write: () => Promise<Result>): Promise<Result> {
    this.#add(volume);
    try {
      return await write();
    } finally {
      // A listing that began and ended meanwhile did not find it.
      this.#add(volume);
    }
  }

  delete(volume: string): void {
    this.#names?.delete(volume);
    for (const changed of this.#listings) changed.set(volume, false);
  }

  /**
   * Takes over the names that are there. What this process adds or removes meanwhile counts more, because a listing may have read
   * it before.
   * @returns what `list` found
   */
  async refresh(list: () => Promise<readonly string[]>): Promise<readonly string[]> {
    const changed = new Map<string, boolean>();
    this.#listings.add(changed);
    try {
      const found = await list();
      const names = new Set(found);
      for (const [volume, isThere] of changed) {
        if (isThere) names.add(volume);
        else names.delete(volume);
      }
      this.#names ??= new Set();
      for (const volume of this.#names) if (!names.has(volume)) this.delete(volume);
      for (const volume of names) if (!this.#names.has(volume)) this.#add(volume);
      return found;
    } finally {
      this.#listings.delete(changed);
    }
  }

  #add(volume: string): void {
    this.#names?.add(volume);
    for (const changed of this.#listings) changed.set(volume, true);
  }
}
