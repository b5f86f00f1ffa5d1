import type { BaseDirectory, DirectoryPlace, VolumeStorage } from '../disk/port.ts';
import type { KubeApi } from '../kube/calls/kube-api.ts';
import { type Claim, claimOf } from '../model/claim.ts';
import { type Class, classOf } from '../model/class.ts';
import { mayLieIn, type Volume, volumeOf } from '../model/volume.ts';
import type { VolumeRecord } from '../model/volume-record.ts';

/** The volume to restore, its node, and the claim that gets it, which may be created later. */
export interface RestoreRequest {
  volumeName: string;
  claim: { namespace: string; name: string };
  nodeName: string;
}

/** Everything that the decision needs, read live from the API server and the disk. */
export interface RestoreView {
  request: RestoreRequest;
  /** UID of namespace kube-system of this cluster. */
  cluster: string;
  /** Undefined when this cluster has no such node. */
  nodeLabels: Record<string, string> | undefined;
  baseDirectory: BaseDirectory;
  record: VolumeRecord | undefined;
  place: DirectoryPlace;
  /** The volume object of that name, if it exists. */
  volume: Volume | undefined;
  /** Volumes of other names that may use the same directory or are reserved for the same claim. */
  rivals: Volume[];
  claim: Claim | undefined;
  /** Whether the claim that the volume was made for, by its UID, exists in this cluster. */
  ownClaimLives: boolean;
  /** The class that the record names. It is read only for a record without a template. */
  class: Class | undefined;
}

export interface RestoreSources {
  kube: Pick<KubeApi, 'readClaim' | 'readVolume' | 'readClass' | 'readClusterUid' | 'readNode' | 'listVolumes'>;
  storage: Pick<VolumeStorage, 'inspect' | 'readRecord' | 'locate'>;
}

/** @throws {StorageError | ApiError} when something cannot be read */
export async function observeRestore(request: RestoreRequest, { kube, storage }: RestoreSources): Promise<RestoreView> {
  const { volumeName, claim, nodeName } = request;
  const baseDirectory = await storage.inspect();
  const cluster = await kube.readClusterUid();
  const node = await kube.readNode(nodeName);
  const volumeObject = await kube.readVolume(volumeName);
  const claimObject = await kube.readClaim(claim.namespace, claim.name);
  const record = await storage.readRecord(volumeName);
  const classObject =
    record === undefined || record.template !== undefined ? undefined : await kube.readClass(record.class);
  const rivals: Volume[] = [];
  for await (const object of kube.listVolumes()) {
    const other = volumeOf(object);
    const isRival = mayLieIn(other, volumeName) || isMeantFor(other, claim, claimObject?.metadata?.uid);
    if (other.name !== volumeName && isRival) rivals.push(other);
  }
  return {
    request,
    cluster,
    nodeLabels: node && (node.metadata?.labels ?? {}),
    baseDirectory,
    record,
    place: await storage.locate(volumeName),
    rivals,
    volume: volumeObject && volumeOf(volumeObject),
    claim: claimObject && claimOf(claimObject),
    ownClaimLives: record !== undefined && (await livesHere(record, kube)),
    class: classObject && classOf(classObject),
  };
}

/** Whether Kubernetes may bind the claim to the volume, which no earlier claim of that name released. */
function isMeantFor(volume: Volume, claim: RestoreRequest['claim'], uid: string | undefined): boolean {
  const reference = volume.claim;
  const isSameName = reference?.namespace === claim.namespace && reference.name === claim.name;
  return isSameName && (reference.uid === '' || reference.uid === uid);
}

/** Whether the claim that a volume was made for, by its UID, exists in this cluster. */
export async function livesHere({ claim }: VolumeRecord, kube: Pick<KubeApi, 'readClaim'>): Promise<boolean> {
  const found = await kube.readClaim(claim.namespace, claim.name);
  return found?.metadata?.uid === claim.uid;
}
