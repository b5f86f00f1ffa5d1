import type { VolumeRecord } from '../model/volume-record.ts';

/** What the base directory is, once it has been proven to be usable. */
export interface BaseDirectory {
  /** Absolute path, as kubelet on the node sees it. */
  path: string;
  /** A UUID made once, when the base directory was first used. Another id means another disk. */
  id: string;
  /** When that was: RFC 3339, UTC. */
  createdAt: string;
  /**
   * The cluster of the volumes whose records name none: the UID of its namespace kube-system. Undefined while no daemon has
   * proven it, as in a base directory that an earlier version labelled.
   */
  cluster: string | undefined;
  /**
   * Whether something is mounted there on the node, so that an unmounted disk can be told from an empty one. What a container
   * shows of that is told in `mount.ts`.
   */
  mounted: boolean;
  /** `tmpfs` and `overlay` lose every volume at a reboot or with the container. */
  fileSystem: string;
  /** Its path on its file system, when the pod may show another directory of the node there (`pod-mounts.ts`). */
  elsewhere?: string;
}

/** Of the file system that the base directory lies on, and so of all that shares it. */
export interface Space {
  sizeBytes: number;
  /** What users other than root may still take. */
  freeBytes: number;
  /** 0 where the file system makes them as they are needed. */
  inodes: number;
  freeInodes: number;
}

/** A base directory that volumes of this node were made in, by the word of those volumes. */
export interface KnownBase {
  /** Absolute path that it was at. */
  path: string;
  id: string;
  /** Whether it was a mount point then. */
  mounted: boolean;
}

/**
 * What the cluster tells of the base directories of this node; undefined as long as its volumes are not listed.
 * @throws {StorageError} `NodeNotRegistered`
 */
export type KnownBases = () => readonly KnownBase[] | undefined;

/** What the API server tells of the cluster that the daemon serves. */
export interface ClusterFacts {
  /** UID of its namespace kube-system; undefined while the daemon could not read it. */
  readonly uid: string | undefined;
  /** Names of the volumes of this node and cluster that lie in the base directory with this id, by their own word. */
  volumesIn(baseDirectoryId: string): Iterable<string>;
}

/** Where a volume's directory is. */
export type DirectoryPlace = 'base' | 'trash' | 'nowhere';

/** What the disk tells of one volume. */
export interface FoundOnDisk {
  baseDirectory: BaseDirectory;
  /** As `readRecord` has it. */
  record: VolumeRecord | undefined;
  place: DirectoryPlace;
}

/** A directory that was made, and the base directory that it was made in. */
export interface MadeDirectory {
  /** Absolute path, as kubelet on the node sees it. */
  path: string;
  baseDirectory: BaseDirectory;
}

/** How a new directory is to look. */
export interface DirectoryOptions {
  /** Permission bits, such as 0o777; the process umask does not cut them. */
  mode: number;
  owner: { uid: number; gid: number } | undefined;
}

/** The outcome of one try to erase a volume's trash. */
export type Erasure =
  | { result: 'erased'; entries: number }
  /** It takes longer than one turn: the next one goes on, when others had theirs. */
  | { result: 'unfinished'; entries: number }
  /** Something in it cannot be removed now, such as a nested mount, or it is still written to; `problems` says what and why. */
  | { result: 'left'; entries: number; problems: string[] }
  /** It is to be kept for that long yet, in milliseconds. */
  | { result: 'kept'; forMs: number };

/** What a volume has in the trash. */
export interface TrashEntry {
  volume: string;
  /** Undefined when erasing has got as far as that, an error when it cannot be read: then it is not erased either. */
  record: VolumeRecord | StorageError | undefined;
  /** When erasing may begin, by the clock of this node; undefined when it was not to be kept, or has begun. */
  keptUntil: Date | undefined;
}

/** What one volume has in the trash. */
export interface TrashedVolume {
  /** The record in the trash; while a move there is unfinished, the one in the journal. Undefined when there is neither. */
  record: VolumeRecord | undefined;
  /**
   * A crash came between directory and record: the record is still in the journal, and may lack `trashedAt`. Repeat
   * `trashDirectory` before the retention is judged.
   */
  moveUnfinished: boolean;
  /** Whether its directory still has the name that `restoreDirectory` takes. */
  canBeRestored: boolean;
}

/**
 * The directories of one base directory and the journal of what was done there. Nothing outside the base directory is
 * ever read into, changed or removed, whatever its volumes contain. Every method may be called again after a crash at
 * any instruction of itself, and throws only `StorageError`.
 */
export interface VolumeStorage {
  /** Path of the base directory, whatever is there. */
  readonly basePath: string;

  /**
   * Proves that the base directory is there, is a real directory, is writable and has its label, and that it is the one
   * that the volumes of this node lie in (`judge-base.ts`). Makes its id on first use; writes nothing in one that it
   * refuses. Other methods refuse a base directory that is not the one inspected last: a disk was mounted or unmounted
   * meanwhile.
   */
  inspect(): Promise<BaseDirectory>;

  /** Refuses a base directory that is not the one inspected last, as the others do. */
  space(): Promise<Space>;

  /** `inspect`, then the record and the place of a volume, read in the base directory that is returned. */
  look(volume: string): Promise<FoundOnDisk>;

  /**
   * Whether the journal may have a record of a volume, from memory: no call to the disk, and nothing is proven. A wrong "no" is
   * found out when the directory is made, a wrong "yes" costs a look. Never throws.
   */
  mayHaveRecord(volume: string): boolean;
  /**
   * The journal's record of a volume, wherever its directory is; undefined when it is not ours. One that names no cluster gets
   * that of the base directory.
   */
  readRecord(volume: string): Promise<VolumeRecord | undefined>;
  /** Names of all volumes that the journal knows, and of all in the trash; of one there, a crash may have left no record. */
  listRecords(): Promise<string[]>;
  /** How many directories lie in the base directory without a record: they are not ours, and are left alone. */
  countOrphans(): Promise<number>;
  /**
   * A quick look at which names are taken in the base directory, for which nothing is proven but that they can be read: it
   * finds what is worth a careful look. None when there is no directory at the path.
   */
  listDirectories(): Promise<ReadonlySet<string>>;
  /** Where the directory of a volume is now. A symbolic link or a file of that name counts as `base`: the name is taken. */
  locate(volume: string): Promise<DirectoryPlace>;

  /**
   * Makes the directory of a new volume durable: record, directory, mode and owner, in this order, each fsynced.
   * A directory that is there without our record, or is not empty, is refused and left as it is.
   */
  makeDirectory(record: VolumeRecord, options: DirectoryOptions): Promise<MadeDirectory>;
  /**
   * Makes a directory ours that an earlier provisioner made: writes its record. Nothing is done to the directory itself,
   * which must be a real one, of this file system and without a record.
   */
  adoptDirectory(record: VolumeRecord): Promise<void>;
  /** Makes the records durable, for a step that rests on one which an earlier try may have left half done. */
  syncRecords(): Promise<void>;
  /** Whether there is anything in the directory of a volume. No directory is an empty one. */
  hasContent(volume: string): Promise<boolean>;
  /** Takes back a directory that no volume was registered for: removes it only if it is empty, then its record. */
  undoDirectory(volume: string): Promise<void>;
  /** Notes that the directory is to be kept although its volume goes. Without our record there is nothing to note. */
  retainDirectory(volume: string): Promise<void>;
  /** Renames the directory into the trash, out of every tenant's reach, and its record with it. Nothing to do when it is there already. */
  trashDirectory(volume: string): Promise<void>;
  /**
   * Removes what the volume has in the trash, then its record there, once its retention is over, as far as one turn of some
   * seconds gets. Nothing to do when there is nothing.
   */
  eraseTrash(volume: string): Promise<Erasure>;
  /** What a volume has in the trash; undefined when it has nothing there. Changes nothing. */
  readTrash(volume: string): Promise<TrashedVolume | undefined>;
  /** What lies in the trash, by name. */
  listTrash(): Promise<TrashEntry[]>;
  /**
   * Takes a directory back out of the trash, with a record that says `Retain`, also while another process erases: one of
   * the two has it. A directory that is out already, or was never removed, but is to be kept, is left as it is.
   */
  restoreDirectory(volume: string): Promise<MadeDirectory>;
  /**
   * Puts this record in the place of the one that the journal has of a directory in its place, durably: from then on the
   * directory is of the cluster that the record names. Directory and content stay as they are.
   */
  takeOver(record: VolumeRecord): Promise<MadeDirectory>;

  /** Stops erasing at once; what is left in the trash is erased when it is asked for again. */
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

/** Why the file system did not do what was asked, in words for the user: what, where, and what to do. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly reason: StorageReason;

  constructor(reason: StorageReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Troubles of the base directory that leave no volume's directory in its place. With the others, such as a read-only disk, they are there. */
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

/** Whether what was asked for failed because of the record of one volume alone. */
export function isUnreadableRecord(error: unknown): error is StorageError {
  return error instanceof StorageError && (error.reason === 'RecordDamaged' || error.reason === 'RecordOfNewerVersion');
}
