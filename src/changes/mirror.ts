/** The kept values of a watched collection, by key. A value that a new list does not show is gone. */
export class Mirror<Value> extends Map<string, Value> {
  #shown: Set<string> | undefined;

  get isListing(): boolean {
    return this.#shown !== undefined;
  }

  startList(): void {
    this.#shown = new Set();
  }

  override set(key: string, value: Value): this {
    this.#shown?.add(key);
    return super.set(key, value);
  }

  /** Drops what the list did not show. @returns the dropped values with their keys */
  endList(): [key: string, value: Value][] {
    const shown = this.#shown;
    this.#shown = undefined;
    if (shown === undefined) return [];
    const lost = [...this].filter(([key]) => !shown.has(key));
    for (const [key] of lost) this.delete(key);
    return lost;
  }
}
