import type { ClaimReference } from './claim.ts';
import type { ReclaimPolicy } from './class.ts';

/**
 * The journal's note of one volume. It is written before the directory is made and removed after the directory is gone:
 * it proves that a directory is ours, and tells a restarted daemon what was begun.
 */
export interface VolumeRecord {
  version: 1;
  /** Name of the volume and of its directory: `pvc-<claim UID>`. */
  volume: string;
  claim: ClaimReference;
  class: string;
  node: string;
  /**
   * `Retain` keeps the directory although its volume goes. It is noted once a volume exists and says so: before that
   * there is nothing to keep, whatever the class wants.
   */
  reclaimPolicy: ReclaimPolicy;
  /** RFC 3339, UTC. */
  createdAt: string;
}
