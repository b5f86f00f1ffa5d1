import { type BigIntStats, closeSync, constants, linkSync, mkdirSync, openSync, rmdirSync, unlinkSync } from 'node:fs';
import { v4 as uuid } from 'uuid';
import { at, forEachEntry } from '../directory-entries.ts';
import { hasCode } from '../system-error.ts';

/**
 * Keeps names of one file names of one file. Until the copy is whole, each file with several names has one more, in a directory of
 * its own: so there is always a short way to it, however deep its first name lies, and many of them take no memory. That directory
 * lies in the copy, because a file cannot be linked out of a subvolume.
 */
export class HardLinks {
  readonly #root: number;
  /** The source cannot have an entry of that name, other than by chance. */
  readonly #name = Buffer.from(uuid());
  #directory: number | undefined;

  /** @param root the open directory of the copy */
  constructor(root: number) {
    this.#root = root;
  }

  /** Gives the copy of this file one more name. @returns false if it has no copy yet */
  linkTo(stats: BigIntStats, directory: number, name: Buffer): boolean {
    if (stats.nlink < 2n || this.#directory === undefined) return false;
    try {
      linkSync(at(this.#directory, keyOf(stats)), at(directory, name));
      return true;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return false;
      // A name that was moved while its directory is read may be listed twice.
      if (hasCode(error, 'EEXIST')) return true;
      throw error;
    }
  }

  /** Remembers the first name of a copied file. */
  add(stats: BigIntStats, directory: number, name: Buffer): void {
    if (stats.nlink < 2n) return;
    this.#directory ??= this.#make();
    linkSync(at(directory, name), at(this.#directory, keyOf(stats)));
  }

  /** Removes what was added. */
  remove(): void {
    const directory = this.#directory;
    if (directory === undefined) return;
    // A file system may leave out names while others are removed.
    while (!this.#removeIfEmpty()) {
      forEachEntry(directory, (name) => {
        unlinkSync(at(directory, name));
        return 'more';
      });
    }
    this.close();
  }

  close(): void {
    if (this.#directory !== undefined) closeSync(this.#directory);
    this.#directory = undefined;
  }

  #make(): number {
    const path = at(this.#root, this.#name);
    mkdirSync(path, 0o700);
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  }

  #removeIfEmpty(): boolean {
    try {
      rmdirSync(at(this.#root, this.#name));
      return true;
    } catch (error) {
      if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return false;
      throw error;
    }
  }
}

/** Number and birth: a file that is made while the copy runs may have the number of one that is gone. */
function keyOf({ dev, ino, birthtimeNs }: BigIntStats): Buffer {
  return Buffer.from(`${dev}-${ino}-${birthtimeNs}`);
}
