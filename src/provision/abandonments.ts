/**
 * Since when the journal alone has known of directories: neither their claim nor a volume exists. A restart forgets, which
 * only lengthens the time.
 */
export class Abandonments {
  readonly #sinceMs = new Map<string, number>();

  /** How long ago that was first seen, in milliseconds; 0 when it is seen now. */
  seen(volume: string): number {
    const now = performance.now();
    const since = this.#sinceMs.get(volume) ?? now;
    this.#sinceMs.set(volume, since);
    return now - since;
  }

  /** The claim or a volume is there again, or the directory is gone too. */
  forget(volume: string): void {
    this.#sinceMs.delete(volume);
  }
}
