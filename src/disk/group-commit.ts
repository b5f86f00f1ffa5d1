import { setImmediate as nextTurn } from 'node:timers/promises';

interface Batch<Item, Result> {
  items: Item[];
  result: Promise<Result>;
}

/**
 * Has what comes at the same time done at once. Who comes while a batch of the same key is being committed waits for the
 * next one, because the running one may have missed it; all who wait share it.
 */
export class GroupCommit<Item, Result> {
  readonly #commit: (items: readonly Item[]) => Promise<Result>;
  readonly #running = new Map<string, Promise<unknown>>();
  /** Batches that others may still join. */
  readonly #open = new Map<string, Batch<Item, Result>>();

  /** @param commit has a whole batch done; what it comes to is for each who joined */
  constructor(commit: (items: readonly Item[]) => Promise<Result>) {
    this.#commit = commit;
  }

  join(key: string, item: Item): Promise<Result> {
    const open = this.#open.get(key);
    if (open !== undefined) {
      open.items.push(item);
      return open.result;
    }
    const items = [item];
    const batch = { items, result: this.#run(key, items) };
    this.#open.set(key, batch);
    return batch.result;
  }

  async #run(key: string, items: Item[]): Promise<Result> {
    // With nothing to wait for, those who ask in the same turn of the event loop still come along.
    await (this.#running.get(key) ?? nextTurn());
    this.#open.delete(key);
    const commit = this.#commit(items);
    const ended = commit.then(
      () => undefined,
      () => undefined,
    );
    this.#running.set(key, ended);
    try {
      return await commit;
    } finally {
      if (this.#running.get(key) === ended) this.#running.delete(key);
    }
  }
}
