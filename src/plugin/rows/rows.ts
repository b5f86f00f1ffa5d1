/** What the tables, `--output json` and the page show, a row for each thing. An absent value could not be read or is not known. */
export interface VolumeRow {
  namespace: string;
  claim: string;
  /** The phase of the claim: Pending, Bound or Lost. */
  status: string;
  node?: string;
  requestedBytes?: number;
  usedBytes?: number;
  /** Used of requested, in percent, rounded. */
  usedPercent?: number;
  availableBytes?: number;
  inodes?: number;
  /** Names of the pods that use the claim; empty if none does. */
  pods?: string[];
  /** When the claim was made; RFC 3339, UTC. */
  createdAt?: string;
  /** Name of the volume object. */
  volume?: string;
  class?: string;
  reclaimPolicy?: string;
  /** Seconds since usage was read or counted. */
  usageAgeSeconds?: number;
  /** The directory on the node. */
  path?: string;
  pool?: string;
  /** What is wrong with it, in a few words, such as "over its request" or "directory missing". */
  remark?: string;
}

export interface NodeRow {
  node: string;
  /** Ready, NotReady, NoDaemon, Unknown, or the reason why the base directory cannot be used. */
  status: string;
  pool?: string;
  /** Path of the base directory. */
  baseDirectory?: string;
  fileSystem?: string;
  sizeBytes?: number;
  freeBytes?: number;
  volumes?: number;
  requestedBytes?: number;
  trashBytes?: number;
  orphans?: number;
  kept?: number;
  version?: string;
}

export interface TrashRow {
  node: string;
  volume: string;
  pool: string;
  namespace?: string;
  claim?: string;
  class?: string;
  usedBytes?: number;
  removedAt?: string;
  keptUntil?: string;
  problem?: string;
}

export interface OrphanRow {
  node: string;
  pool: string;
  /** Name in the base directory. */
  directory: string;
  path: string;
  /** NoRecord is said of an orphan; the other words are the reasons for which a directory is kept. */
  reason: 'NoRecord' | 'AnotherCluster' | 'ClusterUnknown' | 'Abandoned' | 'RecordUnreadable';
  namespace?: string;
  claim?: string;
  cluster?: string;
}
