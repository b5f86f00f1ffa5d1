import type { ClaimReference } from './claim.ts';
import type { ReclaimPolicy } from './class.ts';
import type { ClassParameters } from './class-parameters.ts';

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

/**
 * Time until the directory in the trash may be erased, in milliseconds; 0 or less when it may be erased now. After the clock
 * was set back, `trashedAt` may lie in the future: it then counts as now, so that nothing stays longer than its retention.
 */
export function retentionLeftMs({ retention, trashedAt }: VolumeRecord, nowMs: number): number {
  if (retention === undefined || trashedAt === undefined) return 0;
  return Math.min(Date.parse(trashedAt), nowMs) + retention.forMs - nowMs;
}
