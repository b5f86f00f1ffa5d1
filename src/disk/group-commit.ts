import { setImmediate as nextTurn } from 'node:timers/promises';

interface Batch<Item, Result> {
  items: Item[];
  result: Promise<Result>;
}

/** Commits items in batches. Items that come during a commit of their key join the next batch: the commit may miss them. */
export class GroupCommit<Item, Result> {
  readonly #commit: (items: readonly Item[]) => Promise<Result>;
  readonly #running = new Map<string, Promise<unknown>>();
  /** Batches that accept more items. */
  readonly #open = new Map<string, Batch<Item, Result>>();

  /** @param commit commits a whole batch; its result goes to everyone who joined */
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
    // Without a running commit, items of the same turn of the event loop still join.
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
