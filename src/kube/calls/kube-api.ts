import type { Claim } from '../../model/claim.ts';
import type {
  EventObject,
  MetadataObject,
  PersistentVolumeClaimObject,
  PersistentVolumeObject,
  StorageClassObject,
} from '../../model/kubernetes.ts';

/** Labels and annotations that the daemon sets on volumes. */
export interface VolumeMarks {
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}

/** The calls besides watching. A read returns undefined for a missing object. Other failures are an `ApiError`. */
export interface KubeApi {
  readClaim(namespace: string, name: string): Promise<PersistentVolumeClaimObject | undefined>;
  readVolume(name: string): Promise<PersistentVolumeObject | undefined>;
  readClass(name: string): Promise<StorageClassObject | undefined>;
  /** The metadata of a node. */
  readNode(name: string): Promise<MetadataObject | undefined>;
  /** Whether the cluster has more than one node. */
  hasSeveralNodes(): Promise<boolean>;
  /** Sets the capacity of the volume. Fails with `Conflict` if the volume is not the version that was read. */
  growVolume(volume: PersistentVolumeObject, capacity: string): Promise<void>;
  /** Says in the claim's status that it has this capacity. Fails with `Conflict` if the claim is not the version that was read. */
  endResize(claim: Claim, capacity: string): Promise<void>;
  /** Says in the claim's status that its volume cannot grow. Fails with `Conflict` if the claim is not the version that was read. */
  refuseResize(claim: Claim, why: { reason: string; message: string }): Promise<void>;
  /** Removes the annotation `selected-node`. Fails with `Conflict` if the claim is not the version that was read. */
  giveNodeBack(claim: Claim): Promise<void>;
  /** Identifies the cluster by the UID of namespace kube-system, which Kubernetes protects from deletion. */
  readClusterUid(): Promise<string>;
  /** The metadata of all volumes without the label for the node, page by page. */
  listUnlabelledVolumes(): AsyncIterable<MetadataObject>;
  /** The metadata of all volumes with the label of the node, page by page. */
  listVolumesOfNode(nodeName: string): AsyncIterable<MetadataObject>;
  /** All volumes of the cluster, from any provisioner, page by page. */
  listVolumes(): AsyncIterable<PersistentVolumeObject>;
  createVolume(volume: PersistentVolumeObject): Promise<void>;
  /** Fails with `Conflict` if the volume is gone or not the version that was read. It may be in deletion already. */
  deleteVolume(volume: PersistentVolumeObject): Promise<void>;
  /** Sets labels and annotations of the volume; concurrent changes of other fields are no conflict. */
  labelVolume(volume: PersistentVolumeObject, marks: VolumeMarks): Promise<void>;
  /** Adds our finalizer to the volume; concurrent changes of other fields are no conflict. */
  addFinalizer(volume: PersistentVolumeObject): Promise<void>;
  /** Removes our finalizer from the volume. Succeeds when the volume no longer exists. */
  removeFinalizer(volume: PersistentVolumeObject): Promise<void>;
  createEvent(event: EventObject): Promise<EventObject>;
  /** Updates only `count` and `lastTimestamp` of an Event. */
  repeatEvent(event: EventObject): Promise<void>;
}

/** The kind of an error. `Unknown`: no answer, or one that leaves open whether the call took effect. */
export type ApiErrorReason =
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Invalid'
  | 'Forbidden'
  | 'Unauthorized'
  | 'TooManyRequests'
  | 'Gone'
  | 'Refused'
  | 'Unknown';

/** The API server answered with an error, or gave no answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly reason: ApiErrorReason;
  /** HTTP status, or undefined when there was no answer. */
  readonly status: number | undefined;
  /** The delay that the server asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    reason: ApiErrorReason,
    message: string,
    options: { status?: number | undefined; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The server is overloaded or gave no reliable answer: the same call may succeed later. */
export function isTransient(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.reason === 'TooManyRequests' || error.reason === 'Unknown');
}
