import type { Limit, VolumeRecord } from '../model/volume-record.ts';

/** A base directory that was proven to be usable. */
export interface BaseDirectory {
  /** Absolute path, as kubelet on the node sees it. */
  path: string;
  /** A UUID made once, when the base directory was first used. Another id means another disk. */
  id: string;
  /** When the id was made: RFC 3339, UTC. */
  createdAt: string;
  /** UID of namespace kube-system in the cluster of the records that name none; undefined until it is proven. */
  cluster: string | undefined;
  /** Whether it is a mount point on the node (`mount.ts`): this tells an unmounted disk from an empty one. */
  mounted: boolean;
  /** `tmpfs` and `overlay` lose every volume at a reboot or with the container. */
  fileSystem: string;
  /** Its path on its file system, if the pod may have mounted another directory of the node there (`pod-mounts.ts`). */
  elsewhere?: string;
}

/** Space of the file system that the base directory lies on. Other directories may share it. */
export interface Space {
  sizeBytes: number;
  /** The size without what the file system keeps for root. */
  usableBytes: number;
  /** Available to users other than root. */
  freeBytes: number;
  /** 0 if the file system has no fixed number of inodes. */
  inodes: number;
  freeInodes: number;
}

/** A base directory that volumes of this node name as theirs. */
export interface KnownBase {
  /** Absolute path when the volumes were made. */
  path: string;
  id: string;
  /** Whether it was a mount point when the volumes were made. */
  mounted: boolean;
}

/** The base directories that volumes of this node name; undefined until these are listed. @throws {StorageError} */
export type KnownBases = () => readonly KnownBase[] | undefined;

/** Facts of the daemon's cluster from the API server. */
export interface ClusterFacts {
  /** UID of its namespace kube-system; undefined until the daemon has read it. */
  readonly uid: string | undefined;
  /** Names of the volumes of this node and cluster that name the base directory with this id. */
  volumesIn(baseDirectoryId: string): Iterable<string>;
}

/** Where a volume's directory is. */
export type DirectoryPlace = 'base' | 'trash' | 'nowhere';

export interface FoundOnDisk {
  baseDirectory: BaseDirectory;
  record: VolumeRecord | undefined;
  place: DirectoryPlace;
}

/** A directory of a volume, and the base directory that it lies in. */
export interface MadeDirectory {
  /** Absolute path, as kubelet on the node sees it. */
  path: string;
  baseDirectory: BaseDirectory;
}

/** Mode and owner of a new directory. */
export interface DirectoryOptions {
  /** Permission bits, such as 0o777; the process umask does not cut them. */
  mode: number;
  owner: { uid: number; gid: number } | undefined;
  /** Held from before anything can be written in it. Only where `quotaSupport` says that it can be. */
  limit?: Limit;
}

/** What holds a directory of a base directory to its size, or why nothing can, and the command that changes this. */
export type QuotaSupport = { by: 'project' | 'subvolume' } | { by: undefined; message: string };

/** What the directory of a volume uses. */
export interface Usage {
  /** Blocks, so a hole does not count. Hard links count once. */
  usedBytes: number;
  inodes: number | undefined;
  /** Size and free space as `df` in a pod shows them: the limit, where one holds. */
  sizeBytes: number;
  availableBytes: number;
  /** When it was read, by `performance.now`. */
  atMs: number;
}

/** What a volume uses in the trash: its directory with its content, and its record. */
export interface TrashUsage {
  usedBytes: number;
  inodes: number;
}

export interface CloneProgress {
  /** Content that is in the copy, blocks that it shares with its source among it. */
  copiedBytes: number;
  /** About what there is to copy. Undefined until it is known, and where blocks are shared, which takes seconds. */
  totalBytes: number | undefined;
  entries: number;
}

/** How far the copy of a volume is. */
export type Cloning =
  | { state: 'copying'; progress: CloneProgress }
  | {
      state: 'done';
      directory: MadeDirectory;
      progress: CloneProgress;
      /** How many pipes, sockets, devices and mount points were left out. */
      skipped: number;
      /** Whether this call gave the copy its name. Otherwise an earlier call did, perhaps of another process. */
      isNew: boolean;
    };

/** The outcome of one try to erase a volume's trash. */
export type Erasure =
  | { result: 'erased'; entries: number }
  /** The turn is over. Erase again, after other volumes had their turns. */
  | { result: 'unfinished'; entries: number }
  /** Something cannot be removed now, such as a nested mount, or a process still writes; `problems` says what and why. */
  | { result: 'left'; entries: number; problems: string[] };

/** An entry of the list of the trash. */
export interface TrashEntry {
  volume: string;
  /** Undefined when it was erased already; an error when it cannot be read, which keeps the volume from being erased. */
  record: VolumeRecord | StorageError | undefined;
  /** When erasing may begin, by the clock of this node; undefined if there is no retention, or erasing has begun. */
  keptUntil: Date | undefined;
}

export interface TrashedVolume {
  /** The record in the trash; while a move there is unfinished, the one in the journal. Undefined when there is neither. */
  record: VolumeRecord | undefined;
  /** A crash came between directory and record. Repeat `trashDirectory` before the retention is judged. */
  moveUnfinished: boolean;
  /** Whether its directory still has the name that `restoreDirectory` takes. */
  canBeRestored: boolean;
}

/**
 * The directories of one base directory, and the journal. Nothing outside the base directory is ever read, changed or removed,
 * whatever the volumes contain. After a crash, every method may be called again. Every method throws only `StorageError`.
 */
export interface VolumeStorage {
  /** Path of the base directory, which need not exist. */
  readonly basePath: string;

  /**
   * Proves that the base directory exists, is a real directory, is writable and has its label, and that the volumes of this node
   * lie in it (`base/judge.ts`). Makes the label on first use, and writes nothing in a base directory that it refuses. The other
   * methods refuse any other base directory than the one inspected last.
   */
  inspect(): Promise<BaseDirectory>;

  space(): Promise<Space>;

  /** Whether a limit of a directory can be held, as the kernel says now. A library for system calls is loaded first. */
  quotaSupport(): Promise<QuotaSupport>;
  /**
   * The same if a volume of the base directory has a limit, or had one since the start; otherwise undefined. The first call for a base
   * directory reads its records, and only where one has a limit is the library loaded.
   */
  limitSupport(): Promise<QuotaSupport | undefined>;

  /** `inspect`, then the record and the place of a volume, read in the base directory that is returned. */
  find(volume: string): Promise<FoundOnDisk>;

  /**
   * Whether a volume has a record, from memory; undefined before the journal was read. Other processes change the journal, too: a
   * wrong "no" is found when the directory is made. Never throws.
   */
  hasRecord(volume: string): boolean | undefined;
  /** The record of a volume, in the journal or the trash, with the label's cluster if it names none. */
  readRecord(volume: string): Promise<VolumeRecord | undefined>;
  /** Names of all volumes in the journal and in the trash. A crash may have left a volume in the trash without a record. */
  listRecords(): Promise<string[]>;
  /** Names of the directories in the base directory that have no record. They are not ours. */
  listOrphans(): Promise<string[]>;
  /** Names in the base directory, read without any proof. None if there is no directory at the path. */
  listDirectories(): Promise<ReadonlySet<string>>;
  /** Where the directory of a volume is. A symbolic link or a file of that name counts as `base`: the name is taken. */
  locate(volume: string): Promise<DirectoryPlace>;

  /** Makes record, directory, mode and owner, durably. Refuses a directory without our record, or with content. */
  makeDirectory(record: VolumeRecord, options: DirectoryOptions): Promise<MadeDirectory>;
  /**
   * Notes the capacity of a volume that grew, durably, and raises its limit first if it has one. Nothing gets smaller; does
   * nothing without our record.
   */
  growDirectory(volume: string, size: { capacity: string; limit: Limit | undefined }): Promise<void>;
  /**
   * Begins to fill the directory of a volume from another volume's, in the background, or goes on, and says how far that is. Call it
   * again until it is done: the copy then appears under the volume's name, whole and durable. It has mode and owner of its source,
   * unless an owner is given. A failure of the copy is thrown once, and the next call begins anew, as after a restart. A source
   * in use is copied file by file, so each file is whole, but they are not of one moment.
   */
  cloneDirectory(record: VolumeRecord, options: DirectoryOptions & { source: string }): Promise<Cloning>;
  /** Writes the record of an existing, real directory of an earlier provisioner. The directory itself stays as it is. */
  adoptDirectory(record: VolumeRecord): Promise<void>;
  /** Makes the records durable, for a step that relies on a record of an earlier, unfinished try. */
  syncRecords(): Promise<void>;
  /** Whether the directory of a volume has content. False if there is no directory. */
  hasContent(volume: string): Promise<boolean>;
  /**
   * Removes a directory for which no volume was registered, only if it is empty, then its record. A copy that is not whole goes to
   * the trash, with its record.
   */
  undoDirectory(volume: string): Promise<void>;
  /** Notes that the directory stays when its volume goes. Does nothing without our record. */
  retainDirectory(volume: string): Promise<void>;
  /**
   * Moves the directory into the trash, out of the reach of tenants, then its record. Does nothing if both are there already.
   * Refuses a directory that is being copied.
   */
  trashDirectory(volume: string): Promise<void>;
  /** Erases the trash of a volume, then its record there, in one turn of some seconds. `trash/decide.ts` judges retention. */
  eraseTrash(volume: string): Promise<Erasure>;
  /** Undefined when the volume has nothing in the trash. */
  readTrash(volume: string): Promise<TrashedVolume | undefined>;
  listTrash(): Promise<TrashEntry[]>;
  /** Names of the volumes in the trash, without a look at their records. */
  listTrashed(): Promise<string[]>;
  /** Moves a directory from the trash to its place, with policy Retain. It or a concurrent erasure wins. */
  restoreDirectory(volume: string): Promise<MadeDirectory>;
  /** Replaces the record of a directory in its place, durably: the directory then belongs to the cluster that it names. */
  takeOver(record: VolumeRecord): Promise<MadeDirectory>;

  /** Reads what a volume's directory uses where a quota counts it, at once and without any privilege; undefined elsewhere. */
  readUsage(volume: string): Promise<Usage | undefined>;
  /**
   * Counts what a volume's directory uses (`usage/walk.ts` says what counts), in the background, one volume at a time, with a tenth
   * of a core at the most: a minute for a million files is quick. It holds the base directory open, so its disk cannot be unmounted.
   * @param signal stops the count, which then fails
   */
  countUsage(volume: string, signal?: AbortSignal): Promise<Usage>;
  /** Counts what a volume uses in the trash, as `countUsage` does. Undefined when it has nothing there. */
  countTrashed(volume: string, signal?: AbortSignal): Promise<TrashUsage | undefined>;

  /** Stops erasing, copying and counting at once. The rest of the trash stays until it is erased again, and copies are begun anew. */
  close(): Promise<void>;
}

export type StorageReason =
  | 'BaseDirectoryMissing'
  | 'BaseDirectoryNotInPod'
  | 'BaseDirectoryNotADirectory'
  | 'BaseDirectoryIsSymbolicLink'
  | 'BaseDirectoryDamaged'
  | 'BaseDirectoryNotMounted'
  | 'BaseDirectoryReplaced'
  | 'BaseDirectoryOfAnotherNode'
  | 'BaseDirectoryOfNewerVersion'
  | 'BaseDirectoryUnknown'
  | 'NodeNotRegistered'
  | 'VolumesNotListed'
  | 'ReadOnly'
  | 'NoSpace'
  | 'PermissionDenied'
  | 'VolumeNameInvalid'
  | 'DirectoryTaken'
  | 'DirectoryNotEmpty'
  | 'BeingCopied'
  | 'LimitTooSmall'
  | 'RecordDamaged'
  | 'RecordOfNewerVersion'
  | 'NotInPlace'
  | 'NotInTrash'
  | 'StorageFailed';

/** Why an operation failed, in words for the user: what happened, to which file, and what to do. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly reason: StorageReason;

  constructor(reason: StorageReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Troubles of the base directory that leave no volume's directory in its place, unlike others, such as a read-only disk. */
const takeAll: ReadonlySet<StorageReason> = new Set([
  'BaseDirectoryMissing',
  'BaseDirectoryNotADirectory',
  'BaseDirectoryNotMounted',
  'BaseDirectoryReplaced',
  'BaseDirectoryOfAnotherNode',
]);

/** Whether what is at the base directory's path may hold what was made in the base directory of this id. */
export function mayHold(base: BaseDirectory | StorageError, baseDirectoryId: string | undefined): boolean {
  if (base instanceof StorageError) return !takeAll.has(base.reason);
  return baseDirectoryId === undefined || baseDirectoryId === base.id;
}

/** Whether an operation failed because of the record of one volume. */
export function isUnreadableRecord(error: unknown): error is StorageError {
  return error instanceof StorageError && (error.reason === 'RecordDamaged' || error.reason === 'RecordOfNewerVersion');
}

/**
 * Asks one storage after the other until one has an answer. One that cannot be read does not hold up the others.
 * @returns undefined if none has an answer @throws {StorageError} the first one, if none has an answer and one could not be read
 */
export async function firstAnswer<Storage, Answer>(
  storages: readonly Storage[],
  ask: (storage: Storage) => Promise<Answer | undefined>,
): Promise<{ storage: Storage; answer: Answer } | undefined> {
  let trouble: StorageError | undefined;
  for (const storage of storages) {
    try {
      const answer = await ask(storage);
      if (answer !== undefined) return { storage, answer };
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      trouble ??= error;
    }
  }
  if (trouble !== undefined) throw trouble;
  return undefined;
}
