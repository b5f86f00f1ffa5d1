import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { isAbsolute, normalize } from 'node:path';
import { validate as isUuid, v4 as uuid } from 'uuid';
import { calls, makeUnlessThere, unlinkIfThere } from './calls.ts';
import { DirectorySync } from './directory-sync.ts';
import { journalName, labelName, stateName, temporarySuffix, trashName } from './layout.ts';
import { isTopOf, mountOf } from './mount.ts';
import { look, OpenBase } from './open-base.ts';
import { createFile, readFields } from './stored-file.ts';
import { hasCode } from './system-error.ts';
import { type BaseDirectory, StorageError } from './volume-storage.ts';

/** What was proven, and of which directory and label: as long as these are the same, it holds. */
interface Proof {
  identity: string;
  label: string;
  directory: BaseDirectory;
}

/** The base directory, open for the operations that run. */
interface Opening {
  base: OpenBase;
  directory: BaseDirectory;
  atMs: number;
  users: number;
}

/**
 * Operations that begin within this time share an opening, in milliseconds: in a burst, opening and proving the base
 * directory for each would cost as much as making its directory. It bounds how long a disk that was mounted goes unseen.
 */
const sharedForMs = 50;

/** Stands between every operation and the base directory: lets it through only to the one that was inspected last. */
export class BaseDirectoryGuard {
  readonly #path: string;
  readonly #guest: boolean;
  readonly #syncs = new DirectorySync();
  #proof: Proof | undefined;
  #opening: Opening | undefined;
  #inspection: Promise<BaseDirectory> | undefined;

  /** @param options.guest makes no base directory, and leaves alone what another process is writing */
  constructor(path: string, { guest = false } = {}) {
    if (!isAbsolute(path) || normalize(`${path}/`) !== `${path}/` || path.includes('\0')) {
      const message = `base directory ${JSON.stringify(path)} is not an absolute path without "..", "." and a "/" at its end`;
      throw new StorageError('BaseDirectoryNotADirectory', message);
    }
    this.#path = path;
    this.#guest = guest;
  }

  /** The same inspection serves all who ask while it runs, so that first use happens once. */
  inspect(): Promise<BaseDirectory> {
    this.#inspection ??= this.#inspect().finally(() => {
      this.#inspection = undefined;
    });
    return this.#inspection;
  }

  /** Holds the base directory open for the operation. */
  async use<Result>(operation: (base: OpenBase, directory: BaseDirectory) => Promise<Result>): Promise<Result> {
    if (this.#proof === undefined) await this.inspect();
    const opening = this.#open();
    opening.users += 1;
    try {
      return await operation(opening.base, opening.directory);
    } finally {
      opening.users -= 1;
      if (opening.users === 0) this.#close(opening);
    }
  }

  /** An opening that others use and that is young enough, or a new one. */
  #open(): Opening {
    const current = this.#opening;
    if (current !== undefined && performance.now() - current.atMs < sharedForMs) return current;
    const base = new OpenBase(this.#path, this.#syncs);
    try {
      const proof = this.#proof;
      if (!base.openState() || base.identity !== proof?.identity) throw changed(this.#path);
      this.#opening = { base, directory: proof.directory, atMs: performance.now(), users: 0 };
      return this.#opening;
    } catch (error) {
      base.close();
      throw error;
    }
  }

  #close(opening: Opening): void {
    opening.base.close();
    if (this.#opening === opening) this.#opening = undefined;
  }

  async #inspect(): Promise<BaseDirectory> {
    const base = new OpenBase(this.#path, this.#syncs);
    try {
      const isNew = !base.openState();
      if (isNew && this.#guest) throw neverUsed(base);
      if (isNew) await makeState(base);
      const { identity } = base;
      const label = writableLabel(base);
      if (label === undefined && this.#guest) throw neverUsed(base);
      if (this.#proof === undefined || this.#proof.identity !== identity || this.#proof.label !== label) {
        // What another start left is nobody's; a second inspection of the same directory may meet files being written.
        if (this.#proof?.identity !== identity && !this.#guest) await sweep(base);
        const directory = await prove(base);
        this.#proof = { identity, label: label ?? writableLabel(base) ?? '', directory };
      }
      return this.#proof.directory;
    } finally {
      base.close();
    }
  }
}

function changed(path: string): StorageError {
  const message = `base directory ${path} is not the one that it was: a disk was mounted or unmounted there`;
  return new StorageError('BaseDirectoryMissing', message);
}

function neverUsed({ path }: OpenBase): StorageError {
  const message = `${path} was never the base directory of a daemon: give the path that the daemon has`;
  return new StorageError('BaseDirectoryMissing', message);
}

/**
 * Opens the label for writing, because only that tells a file system that turned read-only, and writes nothing.
 * @returns what changes when the label does; undefined when there is none
 */
function writableLabel(base: OpenBase): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(base.state(labelName), constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (hasCode(error, 'ELOOP', 'EISDIR', 'ENXIO')) throw damaged(base, 'is not a file');
    throw error;
  }
  const { ino, size, mtimeNs } = fstatSync(descriptor, { bigint: true });
  closeSync(descriptor);
  return `${ino} ${size} ${mtimeNs}`;
}

async function makeState(base: OpenBase): Promise<void> {
  await makeUnlessThere(base.volume(stateName));
  if (!base.openState()) throw changed(base.path);
}

async function sweep(base: OpenBase): Promise<void> {
  for (const name of await calls.readdir(base.state(''))) {
    if (name.endsWith(temporarySuffix)) await unlinkIfThere(base.state(name));
  }
}

async function prove(base: OpenBase): Promise<BaseDirectory> {
  const mount = mountOf(base.descriptor);
  const mounted = isTopOf(mount, base.descriptor);
  const id = (await readId(base)) ?? (await makeId(base, mounted));
  return { path: base.path, id, mounted, fileSystem: mount?.fileSystem ?? 'unknown' };
}

async function readId(base: OpenBase): Promise<string | undefined> {
  const label = await readFields(base, labelName);
  if (label === undefined) return undefined;
  if (label.version !== 1 || !isUuid(label.id)) {
    throw damaged(base, 'is damaged, or was written by a newer version');
  }
  for (const name of [journalName, trashName]) {
    if (!look(base.state(name))?.isDirectory()) throw damaged(base, `is there, but the directory ${name} is not`);
  }
  return String(label.id);
}

/** First use. The label comes last: a crash before it leaves a first use that is made again. */
async function makeId(base: OpenBase, mounted: boolean): Promise<string> {
  await makeUnlessThere(base.state(journalName));
  await makeUnlessThere(base.state(trashName));
  const known = [...(await calls.readdir(base.state(journalName))), ...(await calls.readdir(base.state(trashName)))];
  if (known.length > 0) throw damaged(base, `is missing, but records of ${known.length} volumes are there`);
  const id = uuid();
  try {
    await createFile(base, labelName, { version: 1, id, createdAt: new Date().toISOString(), mounted });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  await base.syncState('.');
  await base.syncVolumes();
  // Another daemon may have been first.
  return (await readId(base)) ?? id;
}

function damaged(base: OpenBase, what: string): StorageError {
  const advice = `restore it from a backup, or remove ${base.shown(stateName)} if no volume lies in ${base.path}`;
  return new StorageError('BaseDirectoryDamaged', `${base.shownState(labelName)} ${what}: ${advice}`);
}
