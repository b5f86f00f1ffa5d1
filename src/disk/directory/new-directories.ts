import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import type { VolumeRecord } from '../../model/volume-record.ts';
import { mountIdOf } from '../base/mount.ts';
import { type OpenBase, openDirectory, ownUid, statOf } from '../base/open-base.ts';
import { allEnded, calls, makeUnlessThere } from '../calls.ts';
import { GroupCommit } from '../group-commit.ts';
import { readRecord, removeRecord } from '../journal/journal.ts';
import { NewRecords } from '../journal/new-records.ts';
import { journalName, trashPath } from '../layout.ts';
import { type DirectoryOptions, StorageError } from '../port.ts';
import { isEmpty, notEmpty, taken } from './volume-directory.ts';

/** A directory that is whole, and open. */
interface NewDirectory {
  base: OpenBase;
  descriptor: number;
}

/**
 * Makes the directories of new volumes. Two commits of the file system make one durable, or all that are made at the same time:
 * of the content of the records, then of names, directories, modes and owners. A power cut before the second one leaves no
 * directory without its record where the file system keeps the order of changes, and elsewhere at worst an empty one.
 */
export class NewDirectories {
  readonly #records = new NewRecords();
  readonly #syncs = new GroupCommit(syncAll);

  /** Record, directory, mode and owner, in this order. When it is repeated after a crash, it goes on where it was. */
  async make(base: OpenBase, record: VolumeRecord, options: DirectoryOptions): Promise<void> {
    const { volume } = record;
    const begunEarlier = await this.#begin(base, record);
    let made = false;
    try {
      made = await makeUnlessThere(base.volume(volume));
      await this.#furnish(base, volume, options, { mayHaveContent: made });
    } catch (error) {
      // There is no directory of ours: the record would turn somebody else's directory into ours.
      if (!begunEarlier && !made) await removeRecord(base, volume);
      throw error;
    }
  }

  /** @returns whether the record was there already, from an earlier try for the same claim */
  async #begin(base: OpenBase, record: VolumeRecord): Promise<boolean> {
    const { volume } = record;
    const begun = await readRecord(base, volume);
    if (begun === undefined) {
      if (statOf(base.volume(volume)) !== undefined) throw taken(base.shown(volume), 'exists without a record of ours');
      const trash = trashPath(volume);
      if (statOf(base.state(trash)) !== undefined) throw taken(base.shownState(trash), 'exists in the trash');
      await this.#records.add(base, record);
      return false;
    }
    if (begun.claim.uid !== record.claim.uid) {
      const message = `The record of ${volume} names claim ${begun.claim.uid}, not ${record.claim.uid}. Nothing was changed. Inspect ${base.shown(volume)}`;
      throw new StorageError('RecordDamaged', message);
    }
    return true;
  }

  /** Proves that the directory is one to hand out, gives it its mode and owner, and makes it durable with its record. */
  async #furnish(
    base: OpenBase,
    volume: string,
    { mode, owner }: DirectoryOptions,
    { mayHaveContent }: { mayHaveContent: boolean },
  ): Promise<void> {
    const path = base.shown(volume);
    const descriptor = openDirectory(base.volume(volume));
    if (descriptor === undefined) throw taken(path, 'is a file or a symbolic link');
    try {
      const found = fstatSync(descriptor);
      if (BigInt(found.dev) !== base.device) throw taken(path, 'is a mount point');
      // A bind mount of the same file system. A directory that was just made cannot be one, and this look takes time.
      if (!mayHaveContent && mountIdOf(descriptor) !== mountIdOf(base.descriptor))
        throw taken(path, 'is a mount point');
      if (found.uid !== ownUid && found.uid !== owner?.uid) throw taken(path, `belongs to user ${found.uid}`);
      if (!mayHaveContent && !isEmpty(descriptor)) throw notEmpty(path);
      // The mode first: without the capability FSETID, chmod drops set-group-id of a group that is not ours.
      if ((found.mode & 0o7777) !== mode) await calls.fchmod(descriptor, mode);
      if (owner !== undefined) await calls.fchown(descriptor, owner.uid, owner.gid);
      proveMode(descriptor, mode, path);
      if (base.keepsOrder) await base.syncAllBefore();
      else await this.#syncs.join(base.identity, { base, descriptor });
    } finally {
      closeSync(descriptor);
    }
  }
}

function proveMode(descriptor: number, mode: number, path: string): void {
  const found = fstatSync(descriptor).mode & 0o7777;
  if (found === mode) return;
  const message = `${path} has mode ${found.toString(8)}, although ${mode.toString(8)} was set, because the file system does not keep modes. Use another one, such as ext4, XFS or btrfs, or set the class parameter directoryMode to 0${found.toString(8)}`;
  throw new StorageError('PermissionDenied', message);
}

/** Makes directories and records durable, by concurrent fsyncs in one commit. The first base is open for as long as any. */
async function syncAll(directories: readonly NewDirectory[]): Promise<void> {
  const [{ base }] = directories as [NewDirectory];
  const journal = openSync(base.state(journalName), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const descriptors = [journal, base.descriptor, ...directories.map(({ descriptor }) => descriptor)];
    await allEnded(descriptors.map((descriptor) => calls.fsync(descriptor)));
  } finally {
    closeSync(journal);
  }
}
