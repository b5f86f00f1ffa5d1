/** Keys at one go, so that requests are answered in between. */
const batchSize = 32;

/** Keys of objects to look at, each once however often it was added, after whatever runs now has ended. */
export class WorkQueue {
  readonly #keys = new Set<string>();
  readonly #handle: (key: string) => void;
  #scheduled: NodeJS.Immediate | undefined;

  constructor(handle: (key: string) => void) {
    this.#handle = handle;
  }

  add(key: string): void {
    this.#keys.add(key);
    this.#scheduled ??= setImmediate(() => this.#run());
  }

  stop(): void {
    this.#keys.clear();
    clearImmediate(this.#scheduled);
  }

  #run(): void {
    this.#scheduled = undefined;
    let left = batchSize;
    for (const key of this.#keys) {
      if (left-- === 0) break;
      this.#keys.delete(key);
      this.#handle(key);
    }
    if (this.#keys.size > 0) this.#scheduled ??= setImmediate(() => this.#run());
  }
}
