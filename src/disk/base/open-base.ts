import { closeSync, constants, fchmodSync, fstatSync, lstatSync, openSync, readlinkSync, type Stats } from 'node:fs';
import { calls } from '../calls.ts';
import type { GroupCommit } from '../group-commit.ts';
import type { RecordNames } from '../journal/record-names.ts';
import { journalName, stateName } from '../layout.ts';
import { StorageError } from '../port.ts';
import { hasCode } from '../system-error.ts';
import type { DirectorySync } from './directory-sync.ts';

const directoryOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** What the operations of a base directory share. */
export interface Shared {
  directories: DirectorySync;
  barriers: GroupCommit<string, void>;
  names: RecordNames;
}

/** The user that this process acts as on the file system. */
export const ownUid = process.geteuid?.() ?? 0;

/**
 * The base directory, held open for the time of one operation. All that the operation touches is addressed through its
 * two descriptors, so that a path that is renamed, linked or mounted over meanwhile leads nowhere else. It is not held
 * between operations: that would keep a disk from being unmounted.
 */
export class OpenBase {
  readonly path: string;
  /** Device and inode: tells this directory from another one at the same path. */
  readonly identity: string;
  readonly device: bigint;
  readonly descriptor: number;
  readonly shared: Shared;
  /** Whether it was proven that the file system keeps the order of changes (`change-order.ts`). */
  keepsOrder = false;
  #state: number | undefined;

  /** @throws {StorageError} if there is no real directory at the path */
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

  /**
   * Opens our own directory in it. False when there is none, as before first use.
   * @param justMade by this process
   */
  openState({ justMade = false } = {}): boolean {
    this.#state = openStateDirectory(this.volume(stateName), this.shown(stateName), justMade);
    return this.#state !== undefined;
  }

  /** The way to a name in the base directory. */
  volume(name: string): string {
    return `/proc/self/fd/${this.descriptor}/${name}`;
  }

  /** The way to a path in our own directory. */
  state(path: string): string {
    return `/proc/self/fd/${this.#state}/${path}`;
  }

  /** The same places, as the user knows them. */
  shown(name: string): string {
    return `${this.path}/${name}`;
  }

  shownState(path: string): string {
    return this.shown(`${stateName}/${path}`);
  }

  syncVolumes(): Promise<void> {
    return this.shared.directories.sync(this.identity, this.volume('.'));
  }

  syncState(path: string): Promise<void> {
    return this.shared.directories.sync(`${this.identity}/${path}`, this.state(path));
  }

  /**
   * Makes durable whatever was changed before, wherever that is, with one commit of the file system for all who ask at the same
   * time. Only where it keeps the order of changes.
   */
  syncAllBefore(): Promise<void> {
    return this.shared.barriers.join(this.identity, this.state(journalName));
  }

  close(): void {
    if (this.#state !== undefined) closeSync(this.#state);
    closeSync(this.descriptor);
  }
}

/** What a name stands for, links not followed; undefined when there is nothing. */
export function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** @returns a descriptor, or undefined if it is no real directory: a file, a symbolic link */
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
    const advice = `make it (mkdir -p ${path}) or mount the disk that it lies on`;
    throw new StorageError('BaseDirectoryMissing', `base directory ${path} does not exist: ${advice}`, { cause });
  }
}

/** What a pod has mounted stays for it when it is removed on the node, and nothing can be made in it any more. */
function removed(path: string): StorageError {
  const advice = `make it again (mkdir -p ${path}), then restart this daemon (kubectl delete pod), which does not see it before`;
  return new StorageError('BaseDirectoryMissing', `base directory ${path} was removed on the node: ${advice}`);
}

function notADirectory(path: string): StorageError {
  try {
    const advice = `give the real path instead (realpath ${path})`;
    const message = `base directory ${path} is a symbolic link to ${readlinkSync(path)}: ${advice}`;
    return new StorageError('BaseDirectoryIsSymbolicLink', message);
  } catch (cause) {
    const message = `base directory ${path} is not a directory: give the path of one`;
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
    const message = `${shown} is not a directory of ours: something took its place; remove it`;
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

/** Whoever could write there could forge a record, and so have any volume removed. */
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

/** CIFS, 9p, exFAT and drvfs give all files one owner, which a mount option names; then chown cannot help. */
function ofAnotherUser(shown: string, uid: number, justMade: boolean): StorageError {
  const remount = `mount it so that files belong to the daemon's user (mount option uid=${ownUid}), or use another one, such as ext4, XFS or btrfs`;
  const message = justMade
    ? `${shown}, which the daemon just made as user ${ownUid}, belongs to user ${uid}, because the file system gives all files that owner: ${remount}`
    : `${shown} belongs to user ${uid} and the daemon runs as ${ownUid}: chown -R ${ownUid} ${shown}. If that changes nothing, the file system gives all files one owner: ${remount}`;
  return new StorageError('PermissionDenied', message);
}

function notPrivate(shown: string, cause: unknown): StorageError {
  const remedy = 'use another one, such as ext4, XFS or btrfs, or mount it for root alone (mount option umask=077)';
  const message = `every user of the node could write into ${shown}, because the file system does not keep modes: ${remedy}`;
  return new StorageError('PermissionDenied', message, { cause });
}
