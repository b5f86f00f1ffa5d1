import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  type Stats,
  type StatsFs,
} from 'node:fs';
import { calls } from '../calls.ts';
import type { GroupCommit } from '../group-commit.ts';
import type { RecordNames } from '../journal/record-names.ts';
import { journalName, stateName } from '../layout.ts';
import { type Space, StorageError } from '../port.ts';
import { hasCode } from '../system-error.ts';

const directoryOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

export interface Shared {
  directories: GroupCommit<string, void>;
  barriers: GroupCommit<string, void>;
  names: RecordNames;
}

/** The user that this process acts as on the file system. */
export const ownUid = process.geteuid?.() ?? 0;

/**
 * The base directory, open for the time of an operation. Every path of the operation begins at one of its two descriptors, so
 * that renames, links and mounts in the meantime cannot lead it elsewhere. The base directory is closed between operations, so
 * that its disk can be unmounted.
 */
export class OpenBase {
  readonly path: string;
  /** Device and inode, which differ for another directory at the same path. */
  readonly identity: string;
  readonly device: bigint;
  readonly descriptor: number;
  readonly shared: Shared;
  /** Whether the file system is known to keep the order of changes (`change-order.ts`). */
  keepsOrder = false;
  #state: number | undefined;
  #fileSystem: Promise<StatsFs> | undefined;

  /** @throws {StorageError} if the path is not a real directory */
  static async open(path: string, shared: Shared): Promise<OpenBase> {
    return new OpenBase(path, shared, await openBaseDirectory(path));
  }

  private constructor(path: string, shared: Shared, descriptor: number) {
    this.path = path;
    this.shared = shared;
    this.descriptor = descriptor;
    const { dev, ino, nlink } = fstatSync(this.descriptor, { bigint: true });
    if (nlink === 0n) {
      closeSync(this.descriptor);
      throw removed(path);
    }
    this.device = dev;
    this.identity = `${dev}:${ino}`;
  }

  /** Opens our own directory in it. False if there is none, as before first use. `justMade`: this process just made it. */
  openState({ justMade = false } = {}): boolean {
    this.#state = openStateDirectory(this.volume(stateName), this.shown(stateName), justMade);
    return this.#state !== undefined;
  }

  /** The path of a name in the base directory, through its descriptor. */
  volume(name: string): string {
    return `/proc/self/fd/${this.descriptor}/${name}`;
  }

  /** The path of a file in our own directory, through its descriptor. */
  state(path: string): string {
    return `/proc/self/fd/${this.#state}/${path}`;
  }

  /** The same path for the user. */
  shown(name: string): string {
    return `${this.path}/${name}`;
  }

  shownState(path: string): string {
    return this.shown(`${stateName}/${path}`);
  }

  syncVolumes(): Promise<void> {
    return this.shared.directories.join(this.identity, this.volume('.'));
  }

  syncState(path: string): Promise<void> {
    return this.shared.directories.join(`${this.identity}/${path}`, this.state(path));
  }

  /** Makes all earlier changes on the file system durable, with one fsync for concurrent callers. Only if `keepsOrder`. */
  syncAllBefore(): Promise<void> {
    return this.shared.barriers.join(this.identity, this.state(journalName));
  }

  /** The numbers of its file system, read once for all operations that share this opening: at most 50 ms old when one begins. */
  fileSystem(): Promise<StatsFs> {
    this.#fileSystem ??= calls.statfs(this.volume('.'));
    return this.#fileSystem;
  }

  async space(): Promise<Space> {
    const { bsize, blocks, bfree, bavail, files, ffree } = await calls.statfs(this.volume('.'));
    const usableBytes = (blocks - (bfree - bavail)) * bsize;
    return { sizeBytes: blocks * bsize, usableBytes, freeBytes: bavail * bsize, inodes: files, freeInodes: ffree };
  }

  close(): void {
    if (this.#state !== undefined) closeSync(this.#state);
    closeSync(this.descriptor);
  }
}

/** The stats of a path, symbolic links not followed; undefined if nothing exists there. */
export function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** @returns a descriptor; undefined if it is not a real directory, but a file or a symbolic link */
export function openDirectory(path: string): number | undefined {
  try {
    return openSync(path, directoryOnly);
  } catch (error) {
    if (hasCode(error, 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
}

async function openBaseDirectory(path: string): Promise<number> {
  try {
    return await calls.open(path, directoryOnly);
  } catch (cause) {
    if (hasCode(cause, 'ENOTDIR', 'ELOOP')) throw notADirectory(path);
    if (!hasCode(cause, 'ENOENT')) throw cause;
    const advice = `Make it (mkdir -p ${path}) or mount its disk`;
    throw new StorageError('BaseDirectoryMissing', `Base directory ${path} does not exist. ${advice}`, { cause });
  }
}

/** A directory that was removed on the node stays mounted in the pod, but nothing can be made in it. */
function removed(path: string): StorageError {
  const advice = `Make it again (mkdir -p ${path}), then restart this daemon (kubectl delete pod)`;
  return new StorageError('BaseDirectoryMissing', `Base directory ${path} was removed on the node. ${advice}`);
}

function notADirectory(path: string): StorageError {
  try {
    const advice = `Give the real path instead (realpath ${path})`;
    const message = `Base directory ${path} is a symbolic link to ${readlinkSync(path)}. ${advice}`;
    return new StorageError('BaseDirectoryIsSymbolicLink', message);
  } catch (cause) {
    const message = `Base directory ${path} is not a directory. Give the path of a directory`;
    return new StorageError('BaseDirectoryNotADirectory', message, { cause });
  }
}

function openStateDirectory(path: string, shown: string, justMade: boolean): number | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openDirectory(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  if (descriptor === undefined) {
    const message = `${shown} is not a directory. Something took its place: remove that, and restore the directory from a backup`;
    throw new StorageError('BaseDirectoryDamaged', message);
  }
  try {
    provePrivate(descriptor, shown, justMade);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Someone who can write there could forge a record, and so make the daemon remove any volume. */
function provePrivate(descriptor: number, shown: string, justMade: boolean): void {
  const { uid, mode } = fstatSync(descriptor);
  if (uid !== ownUid) throw ofAnotherUser(shown, uid, justMade);
  if (isPrivate(mode)) return;
  let refusal: unknown;
  try {
    fchmodSync(descriptor, 0o700);
  } catch (error) {
    refusal = error;
  }
  if (!isPrivate(fstatSync(descriptor).mode)) throw notPrivate(shown, refusal);
}

const isPrivate = (mode: number): boolean => (mode & 0o077) === 0;

/** CIFS, 9p, exFAT and drvfs give all files one owner, by a mount option: chown does not help there. */
function ofAnotherUser(shown: string, uid: number, justMade: boolean): StorageError {
  const remount = `mount the file system with option uid=${ownUid}, or use another one, such as ext4, XFS or btrfs`;
  const message = justMade
    ? `${shown}, which the daemon just made as user ${ownUid}, belongs to user ${uid}. The file system gives all files that owner: ${remount}`
    : `${shown} belongs to user ${uid}, but the daemon runs as user ${ownUid}. Change the owner (chown -R ${ownUid} ${shown}). If that changes nothing, the file system gives all files one owner: ${remount}`;
  return new StorageError('PermissionDenied', message);
}

function notPrivate(shown: string, cause: unknown): StorageError {
  const remedy = 'Use another one, such as ext4, XFS or btrfs, or mount it with option umask=077';
  const message = `Every user of the node could write into ${shown}, because the file system does not keep modes. ${remedy}`;
  return new StorageError('PermissionDenied', message, { cause });
}
