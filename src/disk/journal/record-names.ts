/**
 * Names of the volumes with a record, as far as this process knows: they spare a read of the disk for each claim. They prove
 * nothing, because other processes add and remove records, and a name stays when its record could not be written.
 */
export class RecordNames {
  #names: Set<string> | undefined;

  /** True for every volume while nothing was read. */
  mayInclude(volume: string): boolean {
    return this.#names?.has(volume) ?? true;
  }

  add(volume: string): void {
    this.#names?.add(volume);
  }

  delete(volume: string): void {
    this.#names?.delete(volume);
  }

  /** Takes in the names that were read from the journal. What this process adds meanwhile stays. */
  include(volumes: Iterable<string>): void {
    this.#names ??= new Set();
    for (const volume of volumes) this.#names.add(volume);
  }
}
