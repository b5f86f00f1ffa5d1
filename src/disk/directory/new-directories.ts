import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import type { Limit, Quota, VolumeRecord } from '../../model/volume-record.ts';
import { mountIdOf } from '../base/mount.ts';
import { type OpenBase, openDirectory, ownUid, statOf } from '../base/open-base.ts';
import { allEnded, calls, makeUnlessThere, tolerating } from '../calls.ts';
import { GroupCommit } from '../group-commit.ts';
import type { GroupedRecords } from '../journal/grouped-records.ts';
import { putRecord, readRecord, removeRecord } from '../journal/journal.ts';
import { journalName, trashPath } from '../layout.ts';
import { type DirectoryOptions, StorageError } from '../port.ts';
import type { OpenQuotas } from '../quota/volume-quotas.ts';
import { isEmpty, notEmpty, taken } from './volume-directory.ts';

/** A directory that is whole, and open. */
interface NewDirectory {
  base: OpenBase;
  descriptor: number;
}

/** What holds a directory to its limit from the start. */
export interface Holder {
  quotas: OpenQuotas;
  quota: Quota;
}

/**
 * Makes the directories of new volumes. Two commits of the file system make one durable, or all that are made at the same time:
 * of the content of the records, then of names, directories, modes and owners. A power cut before the second one leaves no
 * directory without its record where the file system keeps the order of changes, and elsewhere at worst an empty one.
 */
export class NewDirectories {
  readonly #records: Pick<GroupedRecords, 'add'>;
  readonly #syncs = new GroupCommit(syncAll);

  constructor(records: Pick<GroupedRecords, 'add'>) {
    this.#records = records;
  }

  /**
   * Record, directory, limit, mode and owner, in this order. When it is repeated after a crash, it goes on where it was.
   * @param openQuotas is called only for a volume with a limit
   */
  async make(
    base: OpenBase,
    record: VolumeRecord,
    options: DirectoryOptions,
    openQuotas: () => Promise<OpenQuotas>,
  ): Promise<void> {
    const { volume } = record;
    const { begun, holder } = await this.begin(base, record, options.limit, openQuotas);
    let made = false;
    try {
      made = holder ? await holder.quotas.make(base.descriptor, volume) : await makeUnlessThere(base.volume(volume));
      await this.#furnish(base, volume, options, { mayHaveContent: made, holder });
    } catch (error) {
      // There is no directory of ours: the record would turn somebody else's directory into ours.
      if (begun === undefined && !made) {
        await removeRecord(base, volume);
        await holder?.quotas.release(volume, holder.quota);
      }
      throw error;
    }
  }

  /**
   * Writes the record before anything is made, with its quota, unless something has the volume's name. Its own name is not durable yet.
   * @param openQuotas is called only for a volume with a limit
   */
  async begin(
    base: OpenBase,
    record: VolumeRecord,
    newLimit: Limit | undefined,
    openQuotas: () => Promise<OpenQuotas>,
  ): Promise<{ begun: VolumeRecord | undefined; holder: Holder | undefined }> {
    const { volume } = record;
    const begun = await readBegun(base, record);
    const limit = begun?.quota ?? newLimit;
    const holder = limit && (await holderOf(await openQuotas(), base, { volume, begun, limit }));
    if (begun === undefined) await this.#records.add(base, holder ? { ...record, quota: holder.quota } : record);
    return { begun, holder };
  }

  /** Proves that the directory is one to hand out, gives it its limit, mode and owner, and makes it durable with its record. */
  async #furnish(
    base: OpenBase,
    volume: string,
    { mode, owner }: DirectoryOptions,
    { mayHaveContent, holder }: { mayHaveContent: boolean; holder: Holder | undefined },
  ): Promise<void> {
    const path = base.shown(volume);
    const descriptor = openDirectory(base.volume(volume));
    if (descriptor === undefined) throw taken(path, 'is a file or a symbolic link');
    try {
      const found = fstatSync(descriptor);
      // A subvolume has a device number of its own.
      if (!holder && BigInt(found.dev) !== base.device) throw taken(path, 'is a mount point');
      // A bind mount of the same file system. A directory that was just made cannot be one, and this look takes time.
      if ((holder || !mayHaveContent) && mountIdOf(descriptor) !== mountIdOf(base.descriptor))
        throw taken(path, 'is a mount point');
      if (found.uid !== ownUid && found.uid !== owner?.uid) throw taken(path, `belongs to user ${found.uid}`);
      if (!mayHaveContent && !isEmpty(descriptor)) throw notEmpty(path);
      // Before the mode lets anybody else write there.
      await holder?.quotas.hold(descriptor, holder.quota);
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

/** The record of an earlier try for the same claim; undefined if there was none, and the name is free. */
async function readBegun(base: OpenBase, record: VolumeRecord): Promise<VolumeRecord | undefined> {
  const { volume } = record;
  const begun = await readRecord(base, volume);
  if (begun === undefined) {
    if (statOf(base.volume(volume)) !== undefined) throw taken(base.shown(volume), 'exists without a record of ours');
    const trash = trashPath(volume);
    if (statOf(base.state(trash)) !== undefined) throw taken(base.shownState(trash), 'exists in the trash');
    return undefined;
  }
  if (begun.claim.uid !== record.claim.uid) {
    const message = `The record of ${volume} names claim ${begun.claim.uid}, not ${record.claim.uid}. Nothing was changed. Inspect ${base.shown(volume)}`;
    throw new StorageError('RecordDamaged', message);
  }
  return begun;
}

/** The quota of an earlier try, or a new one, which an earlier record then names. */
async function holderOf(
  quotas: OpenQuotas,
  base: OpenBase,
  { volume, begun, limit }: { volume: string; begun: VolumeRecord | undefined; limit: Limit },
): Promise<Holder> {
  if (begun === undefined) return { quotas, quota: await quotas.assign(volume, limit) };
  if (begun.quota !== undefined && quotas.claim(volume, begun.quota)) return { quotas, quota: begun.quota };
  const quota = await quotas.assign(volume, limit);
  await putRecord(base, { ...begun, quota });
  await removeUnlimitable(base, volume, quotas);
  return { quotas, quota };
}

/** Removes the empty directory of an earlier try without a limit where only another kind can be limited. */
async function removeUnlimitable(base: OpenBase, volume: string, quotas: OpenQuotas): Promise<void> {
  if (!statOf(base.volume(volume))?.isDirectory()) return;
  const descriptor = openDirectory(base.volume(volume));
  if (descriptor === undefined) return;
  try {
    if (quotas.canHold(descriptor)) return;
  } finally {
    closeSync(descriptor);
  }
  // What keeps it from being removed, keeps it from being handed out as well.
  await tolerating(['ENOTEMPTY', 'EEXIST', 'EBUSY', 'ENOENT'], calls.rmdir(base.volume(volume)), undefined);
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
