import type { documentVersion } from './node-status.ts';

/**
 * What `hostpath-provisioner trash --output json` prints: the directories of a node that no volume stands for. It names claims, so
 * only who may run a command in the daemon's pod can read it.
 */
export interface NodeDirectories {
  apiVersion: typeof documentVersion;
  kind: 'NodeDirectories';
  /** Absent if the command was not told. */
  node?: string;
  baseDirectories: BaseDirectoryContent[];
}

export interface BaseDirectoryContent {
  pool: string;
  path: string;
  /** Why it could not be read; the lists are empty then. */
  problem?: string;
  trash: TrashedDirectory[];
  /** Of another cluster, of an unknown one, or abandoned. */
  kept: KeptInPlace[];
  /** Why the API server could not tell which directories are in use: `kept` has those, too, then. */
  useUnknown?: string;
  /** Names of directories without a record. */
  orphans: string[];
}

/** Of the volume that the directory was made for. Absent if its record cannot be read. */
export interface DirectoryOwner {
  claim?: { namespace: string; name: string };
  class?: string;
  /** UID of namespace kube-system in the claim's cluster. */
  cluster?: string;
  /** A Kubernetes quantity. */
  capacity?: string;
}

export interface TrashedDirectory extends DirectoryOwner {
  volume: string;
  /** RFC 3339, UTC. */
  removedAt?: string;
  /** When it may be erased; RFC 3339, UTC. Absent if erasing has begun, or its record cannot be read. */
  keptUntil?: string;
  /** Why it cannot be erased or restored. */
  problem?: string;
}

export interface KeptInPlace extends DirectoryOwner {
  volume: string;
  /** Absent if the API server was not asked, or the record cannot be read. */
  reason?: 'AnotherCluster' | 'ClusterUnknown' | 'Abandoned';
  /** The claim of this cluster that has a volume of that name, although the record names another cluster. */
  usedBy?: { namespace: string; name: string };
  problem?: string;
}
