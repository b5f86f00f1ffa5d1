import { accessSync, constants, fstatSync, lstatSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { v4 as uuid } from 'uuid';
import { mountIdOf } from '../base/mount.ts';
import { at, forEachEntry, printable, withDirectory } from '../directory-entries.ts';
import { trashedRecordName } from '../layout.ts';
import type { Erasure } from '../port.ts';
import { hasCode, inWords, isNoSpace } from '../system-error.ts';

export interface EraseJob {
  /** The directory that the volume's place lies in: the trash, or the base directory. The path begins at an open descriptor. */
  parent: string;
  /** The same path for the user. */
  shownParent: string;
  volume: string;
  /** Whether the volume's record lies in its place, and is removed last. */
  hasRecord: boolean;
}

/** Where the directories below are moved up to: the volume's place in the trash, or a subvolume in it. */
interface Top {
  descriptor: number;
  /** The same as a path for the user. */
  shown: string;
  /** Of a subvolume: where subvolumes in it are moved up to. What is no subvolume cannot leave the one that it is in. */
  outer?: number;
}

/** How often a directory is read in which entries keep appearing. */
const passes = 3;

/** Further problems are only counted. */
const listedProblems = 20;

/** The most levels of directories that are open at a time where directories cannot be moved. */
const deepestInPlace = 200;

const stopWriting = 'stop the process that writes there';

/**
 * Erases the trash of a volume. A tenant filled it and may still change it, so no path in it is ever followed: a directory is
 * opened without following links, and its entries are addressed through its descriptor.
 *
 * Only one level is open at any time: a directory is first moved up, beside the directory that it was in. Depth thus needs neither
 * descriptors nor stack, and no mount is entered, because the kernel refuses to move a mount point. A subvolume of btrfs is moved
 * up as well, and then emptied in the same way.
 *
 * The turn may end between two entries: the result is then `unfinished`, and the next turn erases the rest. Only a volume that
 * grows in the trash ends as `left`. Synchronous, for a thread of its own.
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
  /** When the volume came into the trash, in milliseconds by the clock of its file system; 0 without times of birth. */
  #trashedAtMs = 0;
  #hasStopped = false;
  /** Whether another turn is useful now. */
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
          this.#eraseTrees({ descriptor: home, shown: this.#shownHome });
          if (this.#hasStopped || this.#problemCount > 0) return;
          if (this.#hasRecord) removeRecord(home);
          rmdirSync(homePath);
        });
      }),
    );
  }

  /** Repeats until no more directories come up: each directory moves the ones in it to the top. */
  #eraseTrees(top: Top): void {
    const { descriptor, outer } = top;
    const keepsRecord = this.#hasRecord && outer === undefined;
    const left = new Set<string>();
    let before: number;
    do {
      before = this.#progress;
      forEachEntry(descriptor, (name, isDirectory) => {
        const key = name.toString('latin1');
        if ((keepsRecord && key === trashedRecordName) || left.has(key)) return 'more';
        const shown = `${top.shown}/${printable(name)}`;
        if (this.#isOverAt(descriptor, name, shown)) return 'enough';
        const succeeded = this.#attempt(shown, () => {
          if (!isDirectory) this.#unlink(descriptor, name);
          else if (outer !== undefined && isSubvolume(descriptor, name)) this.#takeUp(descriptor, outer, name, shown);
          else this.#eraseTree(top, name, shown);
        });
        if (!succeeded) left.add(key);
        return 'more';
      });
    } while (!this.#hasStopped && this.#progress > before);
  }

  #eraseTree(top: Top, name: Buffer, shown: string): void {
    withDirectory(at(top.descriptor, name), (tree) => {
      proveSameMount(tree, top.descriptor);
      const isOtherTop = deviceOf(tree) !== deviceOf(top.descriptor);
      for (let pass = 0; pass < passes; pass++) {
        const before = this.#problemCount;
        if (isOtherTop) this.#eraseTrees({ descriptor: tree, shown, outer: top.descriptor });
        else this.#empty(tree, top.descriptor, shown);
        if (this.#hasStopped || this.#problemCount > before) return;
        if (removeIfEmpty(at(top.descriptor, name))) {
          this.#entries++;
          return;
        }
      }
      throw new Error(`entries keep appearing: ${stopWriting}`);
    });
  }

  #empty(tree: number, top: number, shown: string): void {
    forEachEntry(tree, (name, isDirectory) => {
      const shownEntry = `${shown}/${printable(name)}`;
      if (this.#isOverAt(tree, name, shownEntry)) return 'enough';
      this.#attempt(shownEntry, () => {
        if (isDirectory) this.#takeUp(tree, top, name, shownEntry);
        else this.#unlink(tree, name);
      });
      return 'more';
    });
  }

  /** Moves a directory or subvolume up, or erases it in its place: on a full disk, and what a snapshot has for a subvolume. */
  #takeUp(tree: number, top: number, name: Buffer, shown: string): void {
    try {
      this.#moveUp(tree, top, name);
    } catch (error) {
      if (!isNoSpace(error) && !hasCode(error, 'EXDEV', 'EROFS', 'ENOTEMPTY')) throw error;
      this.#eraseInPlace(tree, name, shown, deepestInPlace);
    }
  }

  /** @param levels how many more levels may be open */
  #eraseInPlace(parent: number, name: Buffer, shown: string, levels: number): void {
    if (levels === 0) throw new Error('lies too deep to be erased: remove it by hand on the node');
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
   * Content from before the deletion is erased after some turns, but a fast process may add more than is erased. Another turn does
   * not help either if this one met only problems.
   */
  #stopAt(path: Buffer, shown: string): void {
    this.#hasStopped = true;
    if (this.#progress === 0 && this.#problemCount > 0) return;
    this.#isWorthATurn = this.#attempt(shown, () => {
      if (lstatSync(path).birthtimeMs > this.#trashedAtMs)
        throw new Error(`was made after the volume was deleted: ${stopWriting}`);
    });
  }

  get #progress(): number {
    return this.#entries + this.#moves;
  }

  #moveUp(tree: number, top: number, name: Buffer): void {
    renameSync(at(tree, name), `/proc/self/fd/${top}/${uuid()}`);
    this.#moves++;
  }

  #unlink(directory: number, name: Buffer): void {
    unlinkSync(at(directory, name));
    this.#entries++;
  }

  /** Notes a failure and goes on. An entry that vanished, or became a directory after it was listed, is met again. */
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

/** Finds what was mounted over a directory after its move. The device would not do: a subvolume on btrfs has its own. */
function proveSameMount(directory: number, parent: number): void {
  if (mountIdOf(directory) !== mountIdOf(parent)) throw new Error('is a mount point: unmount it');
}

function isSubvolume(parent: number, name: Buffer): boolean {
  return lstatSync(at(parent, name)).dev !== deviceOf(parent);
}

const deviceOf = (descriptor: number): number => fstatSync(descriptor).dev;

/** A read-only snapshot can be neither emptied nor moved, and the daemon lacks the permission to remove it. */
function proveNoSnapshot(path: Buffer, shown: string): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    if (!hasCode(error, 'EROFS')) throw error;
    throw new Error(`is a read-only snapshot: remove it on the node (btrfs subvolume delete ${quoted(shown)})`);
  }
}

/** Quoted for a shell. */
const quoted = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`;

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
