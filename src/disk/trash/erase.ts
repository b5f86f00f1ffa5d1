import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { v4 as uuid } from 'uuid';
import { mountIdOf } from '../base/mount.ts';
import { trashedRecordName } from '../layout.ts';
import type { Erasure } from '../port.ts';
import { hasCode, inWords, isNoSpace } from '../system-error.ts';

/** What is to be erased. */
export interface EraseJob {
  /** Where the volume's place lies: the trash, or the base directory. It leads through an open descriptor of this process. */
  parent: string;
  /** The same, as the user knows it. */
  shownParent: string;
  volume: string;
  /** Whether the volume's record is in its place, which goes last. */
  hasRecord: boolean;
}

/** A directory into which somebody still writes is read this often before it is left. */
const passes = 3;

/** More are counted, not listed. */
const listedProblems = 20;

/** Levels of directories that are open at a time where they cannot be moved. */
const deepestInPlace = 200;

const stopWriting = 'stop who does that';

/** Entries asked for at once. */
const bufferSize = 256;

const directoryOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Erases what a volume left in the trash. A tenant filled it and may still change it, so no path in it is ever walked: a
 * directory is opened without following links, and its entries are addressed through the descriptor.
 *
 * Only one level is open at any time. A directory that is met is first moved up, beside the one that it was in, and its
 * turn comes later; so depth costs neither descriptors nor stack. The move is a guard as well: the kernel refuses to
 * move a mount point, also one of the same file system, so nothing mounted is ever entered.
 *
 * Between two entries it asks whether its turn is over, and then ends as `unfinished`: the next turn goes on with what is
 * there. Only a volume that grows while it lies in the trash ends as `left`, for that may never come to an end.
 *
 * Synchronous, for a thread of its own.
 */
export function erase(job: EraseJob, isTurnOver: () => boolean): Erasure {
  const walk = new EraseWalk(job, isTurnOver);
  walk.run(job);
  return walk.erasure();
}

class EraseWalk {
  readonly #shownHome: string;
  readonly #hasRecord: boolean;
  readonly #isTurnOver: () => boolean;
  readonly #problems: string[] = [];
  #problemCount = 0;
  #entries = 0;
  #moves = 0;
  /** When the volume came into the trash, by the clock of its file system, in milliseconds; 0 where that does not tell. */
  #trashedAtMs = 0;
  #hasStopped = false;
  /** Whether the next turn is to come at once. */
  #isWorthATurn = false;

  constructor({ shownParent, volume, hasRecord }: EraseJob, isTurnOver: () => boolean) {
    this.#shownHome = `${shownParent}/${volume}`;
    this.#hasRecord = hasRecord;
    this.#isTurnOver = isTurnOver;
  }

  erasure(): Erasure {
    const entries = this.#entries;
    if (this.#isWorthATurn) return { result: 'unfinished', entries };
    if (this.#problemCount === 0) return { result: 'erased', entries };
    const unlisted = this.#problemCount - this.#problems.length;
    return {
      result: 'left',
      entries,
      problems: unlisted > 0 ? [...this.#problems, `and ${unlisted} more`] : this.#problems,
    };
  }

  run({ parent: parentPath, volume }: EraseJob): void {
    this.#attempt(this.#shownHome, () =>
      withDirectory(parentPath, (parent) => {
        const homePath = `/proc/self/fd/${parent}/${volume}`;
        withDirectory(homePath, (home) => {
          proveSameMount(home, parent);
          this.#trashedAtMs = fstatSync(home).birthtimeMs;
          this.#eraseTrees(home);
          if (this.#hasStopped || this.#problemCount > 0) return;
          if (this.#hasRecord) removeRecord(home);
          rmdirSync(homePath);
        });
      }),
    );
  }

  /** Goes over the top until nothing comes up any more: each directory moves those in it there. */
  #eraseTrees(home: number): void {
    const left = new Set<string>();
    let before: number;
    do {
      before = this.#progress;
      forEachEntry(home, (name, isDirectory) => {
        const key = name.toString('latin1');
        if ((this.#hasRecord && key === trashedRecordName) || left.has(key)) return 'more';
        const shown = `${this.#shownHome}/${printable(name)}`;
        if (this.#isOverAt(home, name, shown)) return 'enough';
        const succeeded = this.#attempt(shown, () => {
          if (isDirectory) this.#eraseTree(home, name, shown);
          else this.#unlink(home, name);
        });
        if (!succeeded) left.add(key);
        return 'more';
      });
    } while (!this.#hasStopped && this.#progress > before);
  }

  #eraseTree(home: number, name: Buffer, shown: string): void {
    withDirectory(at(home, name), (tree) => {
      proveSameMount(tree, home);
      for (let pass = 0; pass < passes; pass++) {
        if (!this.#empty(tree, home, shown)) return;
        if (removeIfEmpty(at(home, name))) {
          this.#entries++;
          return;
        }
      }
      throw new Error(`is still written to: ${stopWriting}`);
    });
  }

  /** @returns false when there is something that cannot be removed, or the turn is over */
  #empty(tree: number, home: number, shown: string): boolean {
    const before = this.#problemCount;
    forEachEntry(tree, (name, isDirectory) => {
      const shownEntry = `${shown}/${printable(name)}`;
      if (this.#isOverAt(tree, name, shownEntry)) return 'enough';
      this.#attempt(shownEntry, () => {
        if (isDirectory) this.#takeUp(tree, home, name, shownEntry);
        else this.#unlink(tree, name);
      });
      return 'more';
    });
    return !this.#hasStopped && this.#problemCount === before;
  }

  /**
   * On a full disk there may be no room for one more name at the top, no directory of a subvolume can be moved out of it, and
   * a read-only one cannot be moved at all: what lies deeper is then erased where it is.
   */
  #takeUp(tree: number, home: number, name: Buffer, shown: string): void {
    try {
      this.#moveUp(tree, home, name);
    } catch (error) {
      if (!isNoSpace(error) && !hasCode(error, 'EXDEV', 'EROFS')) throw error;
      this.#eraseInPlace(tree, name, shown, deepestInPlace);
    }
  }

  /** @param levels how many more may be open at a time */
  #eraseInPlace(parent: number, name: Buffer, shown: string, levels: number): void {
    if (levels === 0) throw new Error('lies too deep to be erased: remove it on the node by hand');
    if (isSubvolume(parent, name)) proveNoSnapshot(at(parent, name), shown);
    withDirectory(at(parent, name), (directory) => {
      proveSameMount(directory, parent);
      forEachEntry(directory, (entry, isDirectory) => {
        const shownEntry = `${shown}/${printable(entry)}`;
        if (this.#isOverAt(directory, entry, shownEntry)) return 'enough';
        this.#attempt(shownEntry, () => {
          if (isDirectory) this.#eraseInPlace(directory, entry, shownEntry, levels - 1);
          else this.#unlink(directory, entry);
        });
        return 'more';
      });
    });
    if (removeIfEmpty(at(parent, name))) this.#entries++;
  }

  #isOverAt(directory: number, name: Buffer, shown: string): boolean {
    if (!this.#hasStopped && this.#isTurnOver()) this.#stopAt(at(directory, name), shown);
    return this.#hasStopped;
  }

  /**
   * Whatever a volume has when it comes into the trash comes to an end in so many turns. What is made there afterwards may
   * not, for who makes it may be faster than we are; and neither does a turn help that met nothing but problems.
   */
  #stopAt(path: Buffer, shown: string): void {
    this.#hasStopped = true;
    if (this.#progress === 0 && this.#problemCount > 0) return;
    this.#isWorthATurn = this.#attempt(shown, () => {
      if (lstatSync(path).birthtimeMs > this.#trashedAtMs) throw new Error(`was made in the trash: ${stopWriting}`);
    });
  }

  get #progress(): number {
    return this.#entries + this.#moves;
  }

  #moveUp(tree: number, home: number, name: Buffer): void {
    renameSync(at(tree, name), `/proc/self/fd/${home}/${uuid()}`);
    this.#moves++;
  }

  #unlink(directory: number, name: Buffer): void {
    unlinkSync(at(directory, name));
    this.#entries++;
  }

  /** Notes what does not succeed and goes on. What vanished, or became a directory since it was listed, is seen again. */
  #attempt(shown: string, deed: () => void): boolean {
    const before = this.#problemCount;
    try {
      deed();
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'EISDIR')) this.#note(`${shown}: ${inWords(error)}`);
    }
    return this.#problemCount === before;
  }

  #note(problem: string): void {
    this.#problemCount++;
    if (this.#problems.length < listedProblems) this.#problems.push(problem);
  }
}

function withDirectory(path: string | Buffer, operation: (descriptor: number) => void): void {
  const descriptor = openSync(path, directoryOnly);
  try {
    operation(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The move up refuses what is mounted already; this sees what was mounted over a directory afterwards. The device tells less: a
 * subvolume, which ordinary users may make on btrfs, has one of its own, and is erased as a directory is.
 */
function proveSameMount(directory: number, parent: number): void {
  if (mountIdOf(directory) !== mountIdOf(parent)) throw new Error('is a mount point: unmount it');
}

function isSubvolume(parent: number, name: Buffer): boolean {
  return lstatSync(at(parent, name)).dev !== fstatSync(parent).dev;
}

/** A read-only snapshot can be neither emptied nor moved, and removing it takes a right that the daemon does not have. */
function proveNoSnapshot(path: Buffer, shown: string): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    if (!hasCode(error, 'EROFS')) throw error;
    throw new Error(`is a read-only snapshot: remove it on the node (btrfs subvolume delete ${quoted(shown)})`);
  }
}

/** For a shell. */
const quoted = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`;

/** Names are bytes, which need not be UTF-8. */
function at(directory: number, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), name]);
}

function printable(name: Buffer): string {
  return JSON.stringify(name.toString('utf8')).slice(1, -1);
}

/** Streams, as long as `visit` wants more: a tenant may have put millions of names into one directory. */
function forEachEntry(directory: number, visit: (name: Buffer, isDirectory: boolean) => 'more' | 'enough'): void {
  // The type of `encoding` leaves out what the documentation has.
  const options = { encoding: 'buffer' as BufferEncoding, bufferSize };
  const listing = opendirSync(`/proc/self/fd/${directory}`, options);
  try {
    for (let entry = listing.readSync(); entry !== null; entry = listing.readSync()) {
      if (visit(entry.name as unknown as Buffer, entry.isDirectory()) === 'enough') return;
    }
  } finally {
    listing.closeSync();
  }
}

function removeRecord(home: number): void {
  try {
    unlinkSync(`/proc/self/fd/${home}/${trashedRecordName}`);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

function removeIfEmpty(path: Buffer): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}
