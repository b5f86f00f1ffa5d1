import type { VolumeRecord } from '../model/volume-record.ts';

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
}

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

  /** `inspect`, then the record and the place of a volume, read in the base directory that is returned. */
  find(volume: string): Promise<FoundOnDisk>;

  /** Whether a volume may have a record, from memory. A wrong "no" is found when the directory is made. Never throws. */
  mayHaveRecord(volume: string): boolean;
  /** The record of a volume, in the journal or the trash, with the label's cluster if it names none. */
  readRecord(volume: string): Promise<VolumeRecord | undefined>;
  /** Names of all volumes in the journal and in the trash. A crash may have left a volume in the trash without a record. */
  listRecords(): Promise<string[]>;
  /** How many directories in the base directory have no record. They are not ours. */
  countOrphans(): Promise<number>;
  /** Names in the base directory, read without any proof. None if there is no directory at the path. */
  listDirectories(): Promise<ReadonlySet<string>>;
  /** Where the directory of a volume is. A symbolic link or a file of that name counts as `base`: the name is taken. */
  locate(volume: string): Promise<DirectoryPlace>;

  /** Makes record, directory, mode and owner, durably. Refuses a directory without our record, or with content. */
  makeDirectory(record: VolumeRecord, options: DirectoryOptions): Promise<MadeDirectory>;
  /** Writes the record of an existing, real directory of an earlier provisioner. The directory itself stays as it is. */
  adoptDirectory(record: VolumeRecord): Promise<void>;
  /** Makes the records durable, for a step that relies on a record of an earlier, unfinished try. */
  syncRecords(): Promise<void>;
  /** Whether the directory of a volume has content. False if there is no directory. */
  hasContent(volume: string): Promise<boolean>;
  /** Removes a directory for which no volume was registered, only if it is empty, then its record. */
  undoDirectory(volume: string): Promise<void>;
  /** Notes that the directory stays when its volume goes. Does nothing without our record. */
  retainDirectory(volume: string): Promise<void>;
  /** Moves the directory into the trash, out of the reach of tenants, then its record. Does nothing if both are there already. */
  trashDirectory(volume: string): Promise<void>;
  /** Erases the trash of a volume, then its record there, in one turn of some seconds. `trash/decide.ts` judges retention. */
  eraseTrash(volume: string): Promise<Erasure>;
  /** Undefined when the volume has nothing in the trash. */
  readTrash(volume: string): Promise<TrashedVolume | undefined>;
  listTrash(): Promise<TrashEntry[]>;
  /** Moves a directory from the trash to its place, with policy Retain. It or a concurrent erasure wins. */
  restoreDirectory(volume: string): Promise<MadeDirectory>;
  /** Replaces the record of a directory in its place, durably: the directory then belongs to the cluster that it names. */
  takeOver(record: VolumeRecord): Promise<MadeDirectory>;

  /** Stops erasing at once. The rest of the trash stays until it is erased again. */
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
  | 'NodeNotRegistered'
  | 'VolumesNotListed'
  | 'ReadOnly'
  | 'NoSpace'
  | 'PermissionDenied'
  | 'VolumeNameInvalid'
  | 'DirectoryTaken'
  | 'DirectoryNotEmpty'
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
