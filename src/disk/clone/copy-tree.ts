import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import { mountIdOf, pathOf, readMounts } from '../base/mount.ts';
import { at, forEachEntry, printable } from '../directory-entries.ts';
import type { CloneProgress } from '../port.ts';
import { hasCode } from '../system-error.ts';
import { allocatedBytes } from './allocated-bytes.ts';
import { copyAttributesOfDirectory, copyAttributesOfFile, copyAttributesOfLink } from './attributes.ts';
import { type CopyCalls, copyCalls } from './copy-calls.ts';
import { FileContent } from './file-content.ts';
import { HardLinks } from './hard-links.ts';

/** The end of a copy. Failures are thrown. */
export type Copied =
  /** @property skipped how many pipes, sockets, devices and mount points were left out */
  { result: 'copied'; skipped: number } | { result: 'aborted' };

export interface CopyOptions {
  /** Asked before each entry and each range of a file. */
  isAborted(): boolean;
  /** Called at most each 200 ms, and at the end. */
  onProgress(progress: CloneProgress): void;
  calls?: CopyCalls;
  /** Whether the copy may share blocks with its source. */
  mayShare: boolean;
}

/** Why an entry could not be copied. */
export class CopyError extends Error {
  /** Path of the entry within the volume; empty for the volume itself. */
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.path = path;
  }
}

/** The most levels of directories: each takes three descriptors and a part of the stack. */
const deepest = 500;

const reportEveryMs = 200;

const directoryOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** From asm-generic/fcntl.h. Node has no name for it. Nothing happens to what is opened: a device is not started. */
const pathOnly = 0o10000000 | constants.O_NOFOLLOW;

const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Something else took the place of what was listed or looked at: a directory, a link, or nothing. */
const swapped = ['ENOENT', 'ENOTDIR', 'ELOOP'];

class Aborted extends Error {}

/**
 * Copies what is in an open directory into an open, empty one, and makes it durable. Tenants may change the source meanwhile, so no
 * path in it is followed: an entry is opened without following links, then looked at, then read through the same descriptor. What
 * vanishes is left out, and what appears may be. A mount is not entered, while a subvolume of btrfs is copied as a plain directory.
 *
 * One syncfs makes the copy durable: an fsync of each file would wait for the disk as often as there are files. Synchronous, for a
 * thread of its own.
 *
 * @throws {CopyError}
 */
export function copyTree(source: number, target: number, options: CopyOptions): Copied {
  const walk = new CopyWalk(source, target, options);
  try {
    return { result: 'copied', skipped: walk.run() };
  } catch (error) {
    if (error instanceof Aborted) return { result: 'aborted' };
    throw new CopyError(walk.path, error);
  } finally {
    walk.close();
  }
}

class CopyWalk {
  readonly #source: number;
  readonly #target: number;
  readonly #options: CopyOptions;
  readonly #calls: CopyCalls;
  readonly #content: FileContent;
  readonly #links: HardLinks;
  readonly #mountId: string | undefined;
  /** Whether any file of the source may be a mount point. */
  readonly #hasMounts: boolean;
  /** Names on the way to the present entry. */
  readonly #names: Buffer[] = [];
  readonly #progress: CloneProgress = { copiedBytes: 0, totalBytes: undefined, entries: 0 };
  #skipped = 0;
  #nextReportMs = performance.now() + reportEveryMs;

  constructor(source: number, target: number, options: CopyOptions) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
    this.#calls = options.calls ?? copyCalls;
    this.#links = new HardLinks(target);
    this.#mountId = mountIdOf(source);
    const below = `${pathOf(source)}/`;
    this.#hasMounts = readMounts().some(({ point }) => point.startsWith(below));
    this.#content = new FileContent(this.#calls, options, {
      onCopied: (bytes) => {
        this.#progress.copiedBytes += bytes;
        this.#look();
      },
      onNotShared: () => {
        this.#progress.totalBytes = allocatedBytes(source, deepest, () => this.#look());
      },
    });
  }

  /** Where the walk is, or ended. */
  get path(): string {
    return this.#names.map(printable).join('/');
  }

  /** @returns how many entries were left out */
  run(): number {
    const stats = fstatSync(this.#source, { bigint: true });
    this.#copyEntries(this.#source, this.#target, stats);
    this.#links.remove();
    copyAttributesOfDirectory(this.#calls, this.#source, this.#target, stats);
    this.#look();
    this.#calls.syncFileSystem(this.#target);
    this.#options.onProgress(this.#progress);
    return this.#skipped;
  }

  close(): void {
    this.#links.close();
  }

  #copyEntries(source: number, target: number, { dev }: BigIntStats): void {
    if (this.#names.length === deepest) throw new Error(`lies more than ${deepest} directories deep: move it up`);
    forEachEntry(source, (name) => {
      this.#look();
      this.#names.push(name);
      this.#copyEntry(source, target, name, dev);
      this.#names.pop();
      return 'more';
    });
  }

  #copyEntry(source: number, target: number, name: Buffer, dev: bigint): void {
    const found = this.#openUnlessSwapped(source, name);
    if (found === undefined) return;
    try {
      const stats = fstatSync(found, { bigint: true });
      if (stats.isDirectory()) this.#copyDirectory(found, at(target, name), stats);
      else if (this.#isElsewhere(found, stats.dev !== dev)) this.#skipped++;
      else if (this.#links.linkTo(stats, target, name)) this.#progress.entries++;
      else if (stats.isFile()) this.#copyFile(found, target, name, stats);
      else if (stats.isSymbolicLink()) this.#copyLink(source, target, name, stats);
      else this.#skipped++;
    } finally {
      this.#calls.close(found);
    }
  }

  #copyDirectory(found: number, path: Buffer, stats: BigIntStats): void {
    const isMountPoint = mountIdOf(found) !== this.#mountId;
    if (isMountPoint) this.#skipped++;
    // A name that was moved while the directory is read may be listed twice.
    if (!made(() => mkdirSync(path, 0o700))) return;
    this.#progress.entries++;
    if (isMountPoint) return;
    withDescriptor(through(found), directoryOnly & ~constants.O_NOFOLLOW, (source) =>
      withDescriptor(path, directoryOnly, (target) => {
        this.#copyEntries(source, target, stats);
        copyAttributesOfDirectory(this.#calls, source, target, stats);
      }),
    );
  }

  #copyFile(found: number, directory: number, name: Buffer, stats: BigIntStats): void {
    withDescriptor(through(found), constants.O_RDONLY, (source) => {
      const isNew = made(() => {
        const target = this.#calls.openAt(directory, name, newFile, Number(stats.mode & 0o777n));
        try {
          this.#content.copy(source, target, stats);
          copyAttributesOfFile(this.#calls, source, target, stats);
        } finally {
          this.#calls.close(target);
        }
      });
      if (isNew) this.#add(directory, name, stats);
    });
  }

  #copyLink(source: number, target: number, name: Buffer, stats: BigIntStats): void {
    let text: Buffer;
    try {
      text = readlinkSync(at(source, name), 'buffer');
    } catch (error) {
      if (hasCode(error, ...swapped, 'EINVAL')) return;
      throw error;
    }
    if (!made(() => symlinkSync(text, at(target, name)))) return;
    copyAttributesOfLink(this.#calls, target, name, stats);
    this.#add(target, name, stats);
  }

  #add(directory: number, name: Buffer, stats: BigIntStats): void {
    this.#links.add(stats, directory, name);
    this.#progress.entries++;
  }

  #openUnlessSwapped(directory: number, name: Buffer): number | undefined {
    try {
      return this.#calls.openAt(directory, name, pathOnly, 0);
    } catch (error) {
      if (hasCode(error, ...swapped)) return undefined;
      throw error;
    }
  }

  /** Whether something is mounted on an entry that is no directory. It is cheap, while the id of a mount takes as long as a copy. */
  #isElsewhere(found: number, isOnAnotherDevice: boolean): boolean {
    return (this.#hasMounts || isOnAnotherDevice) && mountIdOf(found) !== this.#mountId;
  }

  /** Ends the copy that nobody wants any more, and reports. */
  #look(): void {
    if (this.#options.isAborted()) throw new Aborted();
    if (performance.now() < this.#nextReportMs) return;
    this.#options.onProgress({ ...this.#progress });
    this.#nextReportMs = performance.now() + reportEveryMs;
  }
}

/** What a descriptor is open for, whatever is at its path by now. */
const through = (descriptor: number): string => `/proc/self/fd/${descriptor}`;

function withDescriptor(path: string | Buffer, flags: number, operation: (descriptor: number) => void): void {
  const descriptor = openSync(path, flags, 0o600);
  try {
    operation(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** @returns false if the name is taken */
function made(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}
