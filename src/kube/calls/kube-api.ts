import type { Claim } from '../../model/claim.ts';
import type {
  EventObject,
  MetadataObject,
  PersistentVolumeClaimObject,
  PersistentVolumeObject,
  StorageClassObject,
} from '../../model/kubernetes.ts';

/** Metadata of a volume that is ours to set. */
export interface VolumeMarks {
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}

/**
 * The few calls that the daemon makes besides watching, each with a time limit. A read answers undefined for an object
 * that does not exist; every other error is an `ApiError`.
 */
export interface KubeApi {
  readClaim(namespace: string, name: string): Promise<PersistentVolumeClaimObject | undefined>;
  readVolume(name: string): Promise<PersistentVolumeObject | undefined>;
  readClass(name: string): Promise<StorageClassObject | undefined>;
  /** The metadata of a node. */
  readNode(name: string): Promise<MetadataObject | undefined>;
  /** Whether the cluster has more nodes than one. */
  hasSeveralNodes(): Promise<boolean>;
  /**
   * Takes the annotation that names the selected node off the claim, if the claim is still the version that was read; a
   * `Conflict` if not.
   */
  giveNodeBack(claim: Claim): Promise<void>;
  /**
   * Tells this cluster from any other: the UID of namespace kube-system, which Kubernetes makes once and lets nobody delete.
   * @throws {ApiError} also when there is no such namespace
   */
  readClusterUid(): Promise<string>;
  /** The metadata of all volumes that no daemon of this kind has labelled with its node, page by page. */
  listUnlabelledVolumes(): AsyncIterable<MetadataObject>;
  /** The metadata of all volumes that are labelled with the node, page by page. */
  listVolumesOfNode(nodeName: string): AsyncIterable<MetadataObject>;
  /** All volumes of the cluster, whoever made them, page by page. */
  listVolumes(): AsyncIterable<PersistentVolumeObject>;
  createVolume(volume: PersistentVolumeObject): Promise<void>;
  /**
   * Deletes the volume if it is still the version that was read; a `Conflict` if not, also when it is gone. One that is being
   * deleted already stays as it is.
   */
  deleteVolume(volume: PersistentVolumeObject): Promise<void>;
  /** Sets labels and annotations of the volume, whatever else changes at the same time. */
  labelVolume(volume: PersistentVolumeObject, marks: VolumeMarks): Promise<void>;
  /** Puts our finalizer on the volume, whatever else changes at the same time. */
  addFinalizer(volume: PersistentVolumeObject): Promise<void>;
  /** Takes our finalizer off the volume, whatever else changes at the same time. Gone already is success. */
  removeFinalizer(volume: PersistentVolumeObject): Promise<void>;
  createEvent(event: EventObject): Promise<EventObject>;
  /** Counts an Event up: `count` and `lastTimestamp` alone change. */
  repeatEvent(event: EventObject): Promise<void>;
}

/** What kind of answer an error was. `Unknown`: no answer, or one that leaves open whether the call took effect. */
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

/** An answer of the API server that is not success, or no answer at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly reason: ApiErrorReason;
  /** HTTP status, or undefined when there was no answer. */
  readonly status: number | undefined;
  /** How long the server asked us to wait, in milliseconds. */
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

/** The server has too much to do, or there was no answer to rely on: the same call may succeed later. */
export function isTransient(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.reason === 'TooManyRequests' || error.reason === 'Unknown');
}
