import type { ClaimReference } from './claim.ts';
import type { ReclaimPolicy } from './class.ts';
import type { ClassParameters } from './class-parameters.ts';

/**
 * The journal's note of one volume. It is written before the directory is made and removed after the directory is gone:
 * it proves that a directory is ours, and tells a restarted daemon what was begun.
 */
export interface VolumeRecord {
  version: 1;
  /** Name of the volume and of its directory: `pvc-<claim UID>`. */
  volume: string;
  /** The claim that it was made for. A volume that was restored may stand for another one. */
  claim: ClaimReference;
  /**
   * The cluster that the claim lives in: the UID of its namespace kube-system. Undefined when the daemon could not read it,
   * or when an earlier version wrote the record.
   */
  cluster?: string;
  class: string;
  node: string;
  /**
   * `Retain` keeps the directory although its volume goes. It is noted once a volume exists and says so: before that
   * there is nothing to keep, whatever the class wants.
   */
  reclaimPolicy: ReclaimPolicy;
  /** RFC 3339, UTC. */
  createdAt: string;
  /** What registering the volume again takes, for its class may be gone by then. An earlier version noted it only with a retention. */
  template?: VolumeTemplate;
  /** Without it, the directory is erased as soon as it was removed. */
  retention?: Retention;
  /** When the directory came into the trash to be kept there; RFC 3339, UTC. */
  trashedAt?: string;
}

/** The class keeps a removed directory for a while. The record says so, because the class may be gone by then. */
export interface Retention {
  /** At least 1 millisecond. */
  forMs: number;
}

/** What a volume is like, apart from whose it is and where it lies. */
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

/**
 * How long a removed directory is still to be kept, in milliseconds; 0 or less when it may be erased. After the clock was
 * set back, `trashedAt` may lie in the future: it then counts as now, so that nothing is kept for longer than its
 * retention from now on.
 */
export function retentionLeftMs({ retention, trashedAt }: VolumeRecord, nowMs: number): number {
  if (retention === undefined || trashedAt === undefined) return 0;
  return Math.min(Date.parse(trashedAt), nowMs) + retention.forMs - nowMs;
}
