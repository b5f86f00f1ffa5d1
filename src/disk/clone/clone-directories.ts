import { closeSync } from 'node:fs';
import type { VolumeRecord } from '../../model/volume-record.ts';
import { mountIdOf } from '../base/mount.ts';
import { type OpenBase, openDirectory, statOf } from '../base/open-base.ts';
import { withSpare } from '../base/spare.ts';
import { allEnded, makeUnlessThere } from '../calls.ts';
import type { Holder, NewDirectories } from '../directory/new-directories.ts';
import { taken } from '../directory/volume-directory.ts';
import { putRecord, readRecord, removeRecord, syncJournal } from '../journal/journal.ts';
import { clonePath, clonesName, trashName, trashPath } from '../layout.ts';
import { type CloneProgress, type Cloning, type DirectoryOptions, type Erasure, StorageError } from '../port.ts';
import type { OpenQuotas } from '../quota/volume-quotas.ts';
import { hasCode } from '../system-error.ts';
import type { CloneEnd, CloneJob } from './clone.ts';
import { Cloner } from './cloner.ts';
import { isDiscarded, moveUnfinished, place, syncPlacing } from './copy-places.ts';
import { newProgress, readProgress } from './progress-memory.ts';

export type CloneOptions = DirectoryOptions & { source: string };

/** A copy that this process has begun. */
interface Copy {
  source: string;
  progress: Float64Array;
  /** Undefined while it runs or waits. */
  end: CloneEnd | StorageError | undefined;
  /** Settles with the end. */
  ended: Promise<void>;
}

const nothing: CloneProgress = { copiedBytes: 0, totalBytes: undefined, entries: 0 };

/** How far a copy is, without what the caller knows. */
type Step = Extract<Cloning, { state: 'copying' }> | Omit<Extract<Cloning, { state: 'done' }>, 'directory'>;

/**
 * Makes the directories of volumes that are copies of others. A copy grows in a directory of our own, where no pod and no scan meets
 * it. It gets the volume's name by one rename, when it is whole and durable: what has that name is never half a copy. What lies in
 * that directory after a restart is erased, since nobody knows what its source was then.
 */
export class CloneDirectories {
  readonly #cloner = new Cloner();
  readonly #newDirectories: Pick<NewDirectories, 'begin'>;
  readonly #erase: (base: OpenBase, volume: string) => Promise<Erasure>;
  /** By the name of the volume that they are for. */
  readonly #copies = new Map<string, Copy>();

  /** @param erase erases what lies in `clones/<volume>` for a turn of some seconds */
  constructor(
    newDirectories: Pick<NewDirectories, 'begin'>,
    erase: (base: OpenBase, volume: string) => Promise<Erasure>,
  ) {
    this.#newDirectories = newDirectories;
    this.#erase = erase;
  }

  /**
   * One step of a copy. @see VolumeStorage.cloneDirectory
   * @param openQuotas is called only for a volume with a limit
   */
  async clone(
    base: OpenBase,
    record: VolumeRecord,
    options: CloneOptions,
    openQuotas: () => Promise<OpenQuotas>,
  ): Promise<Step> {
    const { volume } = record;
    const begin = () => this.#begin(base, { ...record, source: options.source }, options, openQuotas);
    const copy = this.#copies.get(volume);
    if (copy === undefined) return await begin();
    const { end } = copy;
    const progress = readProgress(copy.progress);
    if (end === undefined) return { state: 'copying', progress };
    if (statOf(base.state(clonePath(volume))) === undefined) {
      // Another disk is mounted, or somebody removed the copy, or an earlier call gave it its name.
      this.#copies.delete(volume);
      return await begin();
    }
    if (isWhole(end)) {
      await place(base, volume, options);
      this.#copies.delete(volume);
      return { state: 'done', progress, skipped: end.skipped, isNew: true };
    }
    // Half a copy would fill the disk of others until the next try.
    if (!(await this.#clear(base, volume))) return { state: 'copying', progress: nothing };
    this.#copies.delete(volume);
    throw errorOf(end, volume);
  }

  /**
   * Ends the copy for a volume, and moves what there is of it into the trash, from where it cannot be restored.
   * @returns whether it is there, and the record has to follow
   */
  async discard(base: OpenBase, volume: string): Promise<boolean> {
    this.#cloner.abort(volume);
    await this.#copies.get(volume)?.ended;
    this.#copies.delete(volume);
    if (statOf(base.state(clonePath(volume))) === undefined) return await isDiscarded(base, volume);
    await withSpare(base, () => moveUnfinished(base, volume));
    await allEnded([base.syncState(trashName), base.syncState(trashPath(volume)), base.syncState(clonesName)]);
    return true;
  }

  /** A source that is erased meanwhile would leave half a copy that looks whole. @throws {StorageError} */
  proveNotCopied(path: string, volume: string): void {
    for (const [target, { source, end }] of this.#copies) {
      if (source !== volume || (end !== undefined && !isWhole(end))) continue;
      const message = `${path} is being copied to volume ${target}. It is removed when the copy is done`;
      throw new StorageError('BeingCopied', message);
    }
  }

  close(): Promise<void> {
    return this.#cloner.close();
  }

  async #begin(
    base: OpenBase,
    record: VolumeRecord,
    { source, limit }: CloneOptions,
    openQuotas: () => Promise<OpenQuotas>,
  ): Promise<Step> {
    const { volume } = record;
    const isThere = statOf(base.volume(volume)) !== undefined;
    if (isThere && (await readRecord(base, volume))?.source !== undefined) {
      // Of a process that may have died before the rename was durable.
      await syncPlacing(base);
      return { state: 'done', progress: nothing, skipped: 0, isNew: false };
    }
    if (isThere) throw taken(base.shown(volume), 'exists at the place of the copy');
    const { begun, holder } = await this.#newDirectories.begin(base, record, limit, openQuotas);
    try {
      // The source claim may be another one by now.
      if (begun !== undefined && begun.source !== source) {
        await putRecord(base, { ...begun, source, ...(holder && { quota: holder.quota }) });
      }
      await syncJournal(base);
      if (await this.#clear(base, volume)) await this.#start(base, volume, source, holder);
      return { state: 'copying', progress: nothing };
    } catch (error) {
      // Without the directory, there is nothing that the record stands for.
      if (begun === undefined && statOf(base.state(clonePath(volume))) === undefined) {
        await removeRecord(base, volume);
        await holder?.quotas.release(volume, holder.quota);
      }
      throw error;
    }
  }

  /** @returns false when there is more to erase than a turn can */
  async #clear(base: OpenBase, volume: string): Promise<boolean> {
    const path = clonePath(volume);
    if (statOf(base.state(path)) === undefined) return true;
    const erasure = await this.#erase(base, volume);
    if (erasure.result === 'left') {
      const message = `${base.shownState(path)} is an unfinished copy and cannot be erased: ${erasure.problems.join('; ')}`;
      throw new StorageError('StorageFailed', message);
    }
    return erasure.result === 'erased';
  }

  /** The directory has its limit before anything is written there. */
  async #start(base: OpenBase, volume: string, source: string, holder: Holder | undefined): Promise<void> {
    const descriptors: number[] = [];
    const open = (path: string) => {
      const descriptor = openDirectory(base.state(path));
      if (descriptor === undefined) throw taken(base.shownState(path), 'is not a directory');
      descriptors.push(descriptor);
      return descriptor;
    };
    let job: CloneJob;
    try {
      const from = openSource(base, source);
      descriptors.push(from);
      await makeUnlessThere(base.state(clonesName));
      const parent = open(clonesName);
      if (holder === undefined) await makeUnlessThere(base.state(clonePath(volume)));
      else await holder.quotas.make(parent, volume);
      const target = open(clonePath(volume));
      await holder?.quotas.hold(target, holder.quota);
      await base.syncState('.');
      job = {
        source: from,
        shownSource: base.shown(source),
        target,
        parent,
        volume,
        progress: newProgress(),
        limit: holder?.quota,
        mayShare: holder?.quotas.countsShared ?? true,
      };
    } catch (error) {
      for (const descriptor of descriptors) closeSync(descriptor);
      throw error;
    }
    const copy: Copy = { source, progress: job.progress, end: undefined, ended: Promise.resolve() };
    copy.ended = this.#cloner
      .clone(job)
      .catch((error: StorageError) => error)
      .then((end) => {
        copy.end = end;
        for (const descriptor of descriptors) closeSync(descriptor);
      });
    this.#copies.set(volume, copy);
  }
}

/** @throws {StorageError} if there is no directory, or it is not on the disk of the base directory */
function openSource(base: OpenBase, source: string): number {
  const path = base.shown(source);
  let descriptor: number | undefined;
  try {
    descriptor = openDirectory(base.volume(source));
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT')) throw cause;
    const message = `${path}, which is to be copied, is not there. Restore it, or delete the claim that names it as its source`;
    throw new StorageError('NotInPlace', message, { cause });
  }
  if (descriptor === undefined) throw taken(path, 'is a file or a symbolic link');
  if (mountIdOf(descriptor) === mountIdOf(base.descriptor)) return descriptor;
  closeSync(descriptor);
  throw taken(path, 'is a mount point');
}

const isWhole = (end: CloneEnd | StorageError): end is Extract<CloneEnd, { result: 'copied' }> =>
  !(end instanceof StorageError) && end.result === 'copied';

function errorOf(end: CloneEnd | StorageError, volume: string): StorageError {
  if (end instanceof StorageError) return end;
  if (end.result === 'failed') return new StorageError(end.reason, end.message);
  return new StorageError('StorageFailed', `The copy for volume ${volume} was ended. The next try begins anew`);
}
