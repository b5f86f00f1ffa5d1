/** Target length of a page: long enough to keep requests few, short enough to keep memory low. */
const pageBytes = 1024 ** 2;

/** A longer page is not read but requested again with fewer objects. */
const longestPageBytes = 4 * 1024 ** 2;

const firstObjects = 16;
const mostObjects = 500;
const mostGrowth = 8;

/** Objects to request on the next page, by the length of the last one: a claim may carry annotations of 256 KiB. */
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

  /** The longest page to read; undefined for a single object, which cannot be divided. */
  get longestBytes(): number | undefined {
    return this.#objects > 1 ? longestPageBytes : undefined;
  }

  /** A page of this length was read. */
  came({ objects, bytes }: { objects: number; bytes: number }): void {
    if (objects === 0) return;
    const fitting = Math.floor((pageBytes * objects) / bytes);
    this.#objects = Math.max(1, Math.min(fitting, this.#objects * mostGrowth, this.#most));
  }

  /** The page was too long to read. */
  shrink(): void {
    this.#objects = Math.max(1, Math.floor(this.#objects / 4));
  }
}
