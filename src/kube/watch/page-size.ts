/** Pages are to be about as long as this: long enough that requests are few, short enough that memory does not notice. */
const pageBytes = 1024 ** 2;

/** A longer page is not read, and asked for again with fewer objects. */
const longestPageBytes = 4 * 1024 ** 2;

const firstObjects = 16;
const mostObjects = 500;
const mostGrowth = 8;

/**
 * How many objects to ask for on the next page of a list, by how long the page before was. Claims may carry annotations of
 * 256 KiB each: a fixed number of objects makes pages of any length.
 */
export class PageSize {
  #objects: number;
  readonly #most: number;

  /** @param most objects on a page, however small they are */
  constructor(most: number = mostObjects) {
    this.#most = most;
    this.#objects = Math.min(firstObjects, most);
  }

  get objects(): number {
    return this.#objects;
  }

  /** How long a page of so many objects may be; undefined for a single object, which cannot be divided. */
  get longestBytes(): number | undefined {
    return this.#objects > 1 ? longestPageBytes : undefined;
  }

  /** A page of this length has come. */
  came({ objects, bytes }: { objects: number; bytes: number }): void {
    if (objects === 0) return;
    const fitting = Math.floor((pageBytes * objects) / bytes);
    this.#objects = Math.max(1, Math.min(fitting, this.#objects * mostGrowth, this.#most));
  }

  /** The page was too long to be read. */
  shrink(): void {
    this.#objects = Math.max(1, Math.floor(this.#objects / 4));
  }
}
