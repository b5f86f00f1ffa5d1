import type { ClaimReference } from './claim.ts';
import type { ReclaimPolicy } from './class.ts';
import type { ClassParameters } from './class-parameters.ts';
import { quantityBytes } from './quantity.ts';

/** The journal's entry for one volume: it proves that a directory is ours, from before it is made until it is gone. */
export interface VolumeRecord {
  version: 1;
  /** Name of the volume and of its directory: `pvc-<claim UID>`. */
  volume: string;
  /** The claim that the volume was made for. A restored volume may belong to another one. */
  claim: ClaimReference;
  /** UID of namespace kube-system in the claim's cluster; undefined if the daemon did not know it. */
  cluster?: string;
  class: string;
  node: string;
  /** `Retain` keeps the directory when its volume goes. It is noted once a volume with that policy exists. */
  reclaimPolicy: ReclaimPolicy;
  /** RFC 3339, UTC. */
  createdAt: string;
  /** For a restore, because the class may be gone by then. An earlier version noted it only with a retention. */
  template?: VolumeTemplate;
  /** How long the directory stays in the trash; without it, it is erased at once. Noted because the class may be gone by then. */
  retention?: {
    /** At least 1 millisecond. */
    forMs: number;
  };
  /** When the retention of the directory in the trash began; RFC 3339, UTC. */
  trashedAt?: string;
  /** The quota that holds the directory to its size; undefined where nothing is enforced. Noted before the disk is touched. */
  quota?: Quota;
  /** Name of the volume that the content was copied from. */
  source?: string;
}

/** The most that a directory may use. */
export interface Limit {
  bytes: number;
  /** Files, directories and links; undefined where the file system cannot limit them. */
  inodes?: number;
}

/** A limit that the file system enforces. */
export interface Quota extends Limit {
  /** A project id of XFS or ext4, or the number of a level-1 quota group of btrfs. No two directories of a disk share one. */
  id: number;
}

/** The properties of a volume besides its owner and its place. */
export interface VolumeTemplate {
  provisioner: string;
  /** A Kubernetes quantity, as the claim has it. */
  capacity: string;
  accessModes: string[];
  volumeMode: string;
  mountOptions: string[];
  volumeType: ClassParameters['volumeType'];
  /** Value of the node's hostname label. */
  hostname: string;
}

/** The size that was promised to the directory, in bytes; 0 if an earlier version noted none. */
export const promisedBytes = ({ template }: VolumeRecord): number =>
  Math.ceil(quantityBytes(template?.capacity ?? '') ?? 0);

/**
 * Time until the directory in the trash may be erased, in milliseconds; 0 or less when it may be erased now. After the clock
 * was set back, `trashedAt` may lie in the future: it then counts as now, so that nothing stays longer than its retention.
 */
export function retentionLeftMs({ retention, trashedAt }: VolumeRecord, nowMs: number): number {
  if (retention === undefined || trashedAt === undefined) return 0;
  return Math.min(Date.parse(trashedAt), nowMs) + retention.forMs - nowMs;
}
