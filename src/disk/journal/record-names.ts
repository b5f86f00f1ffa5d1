/**
 * Names of the volumes that the journal or the trash has a record of, as far as this process knows. It proves nothing: it spares a look at
 * the disk for each claim. Another process may add and remove records; a name stays when its record could not be written, or
 * when it was read from another base directory.
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
