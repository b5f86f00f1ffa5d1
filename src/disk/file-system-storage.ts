import { KeyedLock } from '../flow/keyed-lock.ts';
import { isVolumeName } from '../model/names.ts';
import type { Limit, Quota, VolumeRecord } from '../model/volume-record.ts';
import { BaseDirectoryGuard, type GuardOptions } from './base/guard.ts';
import { type OpenBase, statOf } from './base/open-base.ts';
import { keepSpare, withSpare } from './base/spare.ts';
import { calls, tolerating } from './calls.ts';
import { CloneDirectories, type CloneOptions } from './clone/clone-directories.ts';
import { growVolumeDirectory } from './directory/grow-directory.ts';
import { NewDirectories } from './directory/new-directories.ts';
import { adoptVolumeDirectory, hasContent, undoVolumeDirectory } from './directory/volume-directory.ts';
import { GroupedRecords } from './journal/grouped-records.ts';
import { listOrphans, listVolumes, putRecord, readRecord, readTrashedRecord, syncJournal } from './journal/journal.ts';
import { clonesName, stateName, trashName, trashPath } from './layout.ts';
import {
  type BaseDirectory,
  type Cloning,
  type DirectoryOptions,
  type DirectoryPlace,
  type Erasure,
  type FoundOnDisk,
  type MadeDirectory,
  type QuotaSupport,
  type Space,
  StorageError,
  type TrashEntry,
  type TrashedVolume,
  type TrashUsage,
  type Usage,
  type VolumeStorage,
} from './port.ts';
import { VolumeQuotas } from './quota/volume-quotas.ts';
import { storageErrorOf } from './system-error.ts';
import { Eraser } from './trash/eraser.ts';
import { listTrash, listTrashed, readTrash } from './trash/list-trash.ts';
import { beginErasing, moveToTrash } from './trash/move-to-trash.ts';
import { restoreFromTrash, takeOver } from './trash/restore-from-trash.ts';
import { countTrashed, countVolume } from './usage/count.ts';
import { KnownQuotas } from './usage/known-quotas.ts';
import { readQuotaUsage } from './usage/quota-usage.ts';
import { UsageCounter } from './usage/usage-counter.ts';

/** The volume storage on this node's file system. Touches nothing before the first call. */
export function openVolumeStorage(options: GuardOptions): VolumeStorage {
  return new FileSystemStorage(options);
}

/** The storage of a command beside the daemon, for the base directory of any node. */
export function openAsGuest({ basePath }: { basePath: string }): VolumeStorage {
  return new FileSystemStorage({ basePath, nodeName: undefined, knownBases: undefined });
}

/** The turn of all counts of usage; no name of a volume. */
const usageTurn = 'usage';

/** Each method checks the volume's name, waits for its turn, enters the guarded base directory, and translates errors. */
class FileSystemStorage implements VolumeStorage {
  readonly basePath: string;
  readonly #guard: BaseDirectoryGuard;
  /** One operation at a time on each volume, and on the trash. */
  readonly #turns = new KeyedLock();
  readonly #records = new GroupedRecords();
  readonly #newDirectories = new NewDirectories(this.#records);
  readonly #eraser = new Eraser();
  readonly #quotas = new VolumeQuotas((operation) => this.#guard.use(operation));
  readonly #counter = new UsageCounter();
  readonly #clones = new CloneDirectories(this.#newDirectories, (base, volume) =>
    this.#eraser.erase({
      parent: base.state(clonesName),
      shownParent: base.shownState(clonesName),
      volume,
      hasRecord: false,
    }),
  );
  readonly #knownQuotas = new KnownQuotas();

  constructor(options: GuardOptions) {
    this.basePath = options.basePath;
    this.#guard = new BaseDirectoryGuard(options);
  }

  inspect(): Promise<BaseDirectory> {
    return translated(`use base directory ${this.basePath}`, () => this.#guard.inspect());
  }

  space(): Promise<Space> {
    return translated(`read the space of ${this.basePath}`, () => this.#guard.use((base) => base.space()));
  }

  quotaSupport(): Promise<QuotaSupport> {
    const read = () => this.#guard.use((base, baseDirectory) => this.#quotas.support(base, baseDirectory));
    return translated(`look for quotas on ${this.basePath}`, read);
  }

  limitSupport(): Promise<QuotaSupport | undefined> {
    const read = () => this.#guard.use((base, baseDirectory) => this.#quotas.limitSupport(base, baseDirectory));
    return translated(`see whether limits hold on ${this.basePath}`, read);
  }

  async find(volume: string): Promise<FoundOnDisk> {
    proveVolumeName(volume);
    await this.inspect();
    return this.#read(volume, 'find', async (base, baseDirectory) => ({
      baseDirectory,
      record: await recordIn(base, baseDirectory, volume),
      place: placeIn(base, volume),
    }));
  }

  hasRecord(volume: string): boolean | undefined {
    return isVolumeName(volume) ? this.#guard.hasRecord(volume) : false;
  }

  readRecord(volume: string): Promise<VolumeRecord | undefined> {
    return this.#read(volume, 'read the record of', (base, baseDirectory) => recordIn(base, baseDirectory, volume));
  }

  listRecords(): Promise<string[]> {
    return translated(`list the records of ${this.basePath}`, () => this.#guard.use(listVolumes));
  }

  listDirectories(): Promise<ReadonlySet<string>> {
    const names = () => tolerating(['ENOENT', 'ENOTDIR'], calls.readdir(this.basePath), []);
    return translated(`list ${this.basePath}`, async () => new Set(await names()));
  }

  listOrphans(): Promise<string[]> {
    return translated(`list the directories of ${this.basePath}`, () => this.#guard.use(listOrphans));
  }

  locate(volume: string): Promise<DirectoryPlace> {
    return this.#read(volume, 'find the directory of', async (base) => placeIn(base, volume));
  }

  makeDirectory(record: VolumeRecord, options: DirectoryOptions): Promise<MadeDirectory> {
    return this.#put(record.volume, 'make', (base, baseDirectory) =>
      this.#newDirectories.make(base, record, options, () => this.#quotas.open(base, baseDirectory)),
    );
  }

  growDirectory(volume: string, size: { capacity: string; limit: Limit | undefined }): Promise<void> {
    return this.#change(volume, 'grow', (base, baseDirectory) =>
      growVolumeDirectory(base, volume, size, this.#records, () => this.#quotas.open(base, baseDirectory)),
    );
  }

  async cloneDirectory(record: VolumeRecord, options: CloneOptions): Promise<Cloning> {
    proveVolumeName(options.source);
    const { volume } = record;
    return this.#change(volume, 'make', async (base, baseDirectory) => {
      const openQuotas = () => this.#quotas.open(base, baseDirectory);
      const step = await this.#clones.clone(base, record, options, openQuotas);
      if (step.state === 'copying') return step;
      return { ...step, directory: { path: `${this.basePath}/${volume}`, baseDirectory } };
    });
  }

  adoptDirectory(record: VolumeRecord): Promise<void> {
    return this.#change(record.volume, 'adopt', (base) => adoptVolumeDirectory(base, record));
  }

  syncRecords(): Promise<void> {
    return translated(`write the records of ${this.basePath}`, () => this.#guard.use(syncJournal));
  }

  hasContent(volume: string): Promise<boolean> {
    return this.#read(volume, 'look into', (base) => hasContent(base, volume));
  }

  undoDirectory(volume: string): Promise<void> {
    return this.#change(volume, 'remove the unused', async (base, baseDirectory) => {
      if (await this.#clones.discard(base, volume)) return await this.#moveToTrash(base, baseDirectory, volume);
      const undone = await undoVolumeDirectory(base, volume);
      if (undone?.quota !== undefined) await this.#quotas.release(base, baseDirectory, volume, undone.quota);
    });
  }

  retainDirectory(volume: string): Promise<void> {
    return this.#change(volume, 'note the policy Retain of', async (base) => {
      const record = await readRecord(base, volume);
      if (record === undefined) return;
      if (record.reclaimPolicy === 'Delete') {
        await withSpare(base, () => putRecord(base, { ...record, reclaimPolicy: 'Retain' }));
      }
      // Also if it says so already: the process that noted it may have died before the note was durable.
      await syncJournal(base);
    });
  }

  trashDirectory(volume: string): Promise<void> {
    return this.#change(volume, 'remove', async (base, baseDirectory) => {
      this.#clones.proveNotCopied(base.shown(volume), volume);
      await this.#clones.discard(base, volume);
      await this.#moveToTrash(base, baseDirectory, volume);
    });
  }

  async eraseTrash(volume: string): Promise<Erasure> {
    proveVolumeName(volume);
    const shownTrash = this.#shownTrash;
    return translated(`erase ${shownTrash}/${volume}`, async () => {
      let quota: Quota | undefined;
      // One at a time, as a waiting job would hold descriptors.
      const erasure = await this.#turns.run<Erasure>(trashName, async () => {
        const record = await this.#turns.run(volume, () => this.#guard.use((base) => beginErasing(base, volume)));
        quota = record?.quota;
        return this.#guard.use((base) =>
          this.#eraser.erase({ parent: base.state(trashName), shownParent: shownTrash, volume, hasRecord: true }),
        );
      });
      if (erasure.result !== 'erased') return erasure;
      await this.#guard.use(async (base, baseDirectory) => {
        await afterErasing(base, volume);
        if (quota !== undefined) await this.#quotas.release(base, baseDirectory, volume, quota);
      });
      return erasure;
    });
  }

  readTrash(volume: string): Promise<TrashedVolume | undefined> {
    return this.#read(volume, 'read the trash of', async (base, baseDirectory) => {
      const found = await readTrash(base, volume);
      return found?.record ? { ...found, record: withCluster(found.record, baseDirectory) } : found;
    });
  }

  listTrash(): Promise<TrashEntry[]> {
    return translated(`list the trash of ${this.basePath}`, () =>
      this.#guard.use(async (base, baseDirectory) => {
        const entries = await listTrash(base);
        return entries.map((entry) =>
          entry.record === undefined || entry.record instanceof StorageError
            ? entry
            : { ...entry, record: withCluster(entry.record, baseDirectory) },
        );
      }),
    );
  }

  listTrashed(): Promise<string[]> {
    return translated(`list the trash of ${this.basePath}`, () => this.#guard.use(listTrashed));
  }

  restoreDirectory(volume: string): Promise<MadeDirectory> {
    return this.#put(volume, 'restore', (base) => withSpare(base, () => restoreFromTrash(base, volume)));
  }

  takeOver(record: VolumeRecord): Promise<MadeDirectory> {
    return this.#put(record.volume, 'take over', (base) => withSpare(base, () => takeOver(base, record)));
  }

  readUsage(volume: string): Promise<Usage | undefined> {
    return this.#read(volume, 'read the usage of', (base) => readQuotaUsage(base, volume, this.#knownQuotas));
  }

  async countUsage(volume: string, signal?: AbortSignal): Promise<Usage> {
    proveVolumeName(volume);
    return this.#count(`${this.basePath}/${volume}`, (base) => countVolume(base, volume, this.#counter, signal));
  }

  async countTrashed(volume: string, signal?: AbortSignal): Promise<TrashUsage | undefined> {
    proveVolumeName(volume);
    return this.#count(`${this.#shownTrash}/${volume}`, (base) => countTrashed(base, volume, this.#counter, signal));
  }

  async close(): Promise<void> {
    this.#quotas.close();
    await Promise.all([this.#eraser.close(), this.#clones.close(), this.#counter.close()]);
  }

  get #shownTrash(): string {
    return `${this.basePath}/${stateName}/${trashName}`;
  }

  /** One at a time, as a waiting count would hold descriptors. */
  #count<Result>(shown: string, operation: (base: OpenBase) => Promise<Result>): Promise<Result> {
    const inTurn = () => this.#turns.run(usageTurn, () => this.#guard.use(operation));
    return translated(`count what ${shown} uses`, inTurn);
  }

  async #moveToTrash(base: OpenBase, baseDirectory: BaseDirectory, volume: string): Promise<void> {
    // The turn of the trash would be a deadlock, because its erasing waits for turns of volumes.
    const job = { parent: base.volume('.'), shownParent: this.basePath, volume, hasRecord: false };
    const gone = await moveToTrash(base, volume, () => this.#eraser.erase(job));
    if (gone?.quota !== undefined) await this.#quotas.release(base, baseDirectory, volume, gone.quota);
  }

  async #read<Result>(
    volume: string,
    deed: string,
    operation: (base: OpenBase, baseDirectory: BaseDirectory) => Promise<Result>,
  ): Promise<Result> {
    proveVolumeName(volume);
    return translated(`${deed} ${this.basePath}/${volume}`, () => this.#guard.use(operation));
  }

  #put(
    volume: string,
    deed: string,
    operation: (base: OpenBase, baseDirectory: BaseDirectory) => Promise<void>,
  ): Promise<MadeDirectory> {
    return this.#change(volume, deed, async (base, baseDirectory) => {
      await operation(base, baseDirectory);
      return { path: `${this.basePath}/${volume}`, baseDirectory };
    });
  }

  async #change<Result>(
    volume: string,
    deed: string,
    operation: (base: OpenBase, baseDirectory: BaseDirectory) => Promise<Result>,
  ): Promise<Result> {
    proveVolumeName(volume);
    const inTurn = () => this.#turns.run(volume, () => this.#guard.use(operation));
    return translated(`${deed} ${this.basePath}/${volume}`, inTurn).finally(() => this.#knownQuotas.forget(volume));
  }
}

async function afterErasing(base: OpenBase, volume: string): Promise<void> {
  base.shared.names.delete(volume);
  await base.syncState(trashName);
  await keepSpare(base);
}

async function recordIn(
  base: OpenBase,
  baseDirectory: BaseDirectory,
  volume: string,
): Promise<VolumeRecord | undefined> {
  const record = (await readRecord(base, volume)) ?? (await readTrashedRecord(base, volume));
  return record && withCluster(record, baseDirectory);
}

function placeIn(base: OpenBase, volume: string): DirectoryPlace {
  if (statOf(base.volume(volume)) !== undefined) return 'base';
  return statOf(base.state(trashPath(volume))) === undefined ? 'nowhere' : 'trash';
}

/** A record without a cluster belongs to the cluster that the label names. */
function withCluster(record: VolumeRecord, { cluster }: BaseDirectory): VolumeRecord {
  return record.cluster !== undefined || cluster === undefined ? record : { ...record, cluster };
}

function proveVolumeName(volume: string): void {
  if (isVolumeName(volume)) return;
  const shown = JSON.stringify(String(volume).slice(0, 100));
  throw new StorageError('VolumeNameInvalid', `${shown} is not a volume name of this provisioner. Nothing was changed`);
}

async function translated<Result>(deed: string, operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation();
  } catch (cause) {
    throw storageErrorOf(cause, deed);
  }
}
