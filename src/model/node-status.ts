/** Version of the documents that the daemon and the plugin write as JSON. Fields may be added to it; none changes its meaning. */
export const documentVersion = 'hostpath-provisioner/v1';

/**
 * What the daemon of a node serves at `/volumes`. Whoever reaches the port can read it, so it has numbers by volume name, and no
 * namespace or claim. A figure that is not known is absent.
 */
export interface NodeStatus {
  apiVersion: typeof documentVersion;
  kind: 'NodeStatus';
  node: string;
  /** Of the daemon. */
  version: string;
  /** Why the daemon is not ready, in a line each, as `/readyz` has them. */
  troubles: string[];
  baseDirectories: BaseDirectoryStatus[];
  /** How many directories are kept although no volume of this cluster stands for them, by reason. */
  keptDirectories: Record<string, number>;
  /** The volumes in use, and those whose directory is missing. */
  volumes: VolumeStatus[];
}

export interface BaseDirectoryStatus {
  pool: string;
  path: string;
  usable: boolean;
  /** Why it cannot be used, by the words of docs/troubleshooting.md. */
  reason?: string;
  message?: string;
  fileSystem?: string;
  /** Whether it is a mount point. */
  mounted?: boolean;
  /** Its path on its file system, if the pod may have mounted another directory of the node there. */
  elsewhere?: string;
  sizeBytes?: number;
  /** For users other than root. */
  freeBytes?: number;
  /** Absent if the file system has no fixed number of them. */
  inodes?: number;
  freeInodes?: number;
  promisedBytes?: number;
  reservedBytes?: number;
  /** Directories without a record. */
  orphans?: number;
  /** Whether the kernel holds volumes to their limits; absent if none has one. */
  limitsHeld?: boolean;
  trash: { usedBytes?: number; volumes: TrashedVolumeStatus[] };
}

export interface TrashedVolumeStatus {
  volume: string;
  usedBytes?: number;
}

export interface VolumeStatus {
  volume: string;
  pool: string;
  capacityBytes: number;
  usedBytes?: number;
  /** What can be written: what its limit leaves, or what is free on the disk. */
  availableBytes?: number;
  inodes?: number;
  /** Seconds since used bytes and inodes were read or counted. */
  ageSeconds?: number;
  /** Whether its directory is gone. */
  directoryMissing?: true;
}
