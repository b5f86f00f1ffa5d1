import { type BaseDirectory, type DirectoryPlace, StorageError, type VolumeStorage } from '../disk/port.ts';
import type { KubeApi } from '../kube/calls/kube-api.ts';
import type { ClaimReference } from '../model/claim.ts';
import type { PersistentVolumeClaimObject, PersistentVolumeObject } from '../model/kubernetes.ts';
import { type Volume, volumeOf } from '../model/volume.ts';
import type { VolumeRecord } from '../model/volume-record.ts';

/** Everything that the decision on a volume needs, read from the API server and the disk at this moment: no cache. */
export interface VolumeView {
  name: string;
  volume: Volume | undefined;
  /** The object behind `volume`, for a change that must meet this very version. */
  object: PersistentVolumeObject | undefined;
  /** A claim that exists and that the volume, or our record, belongs to. */
  livingClaim: LivingClaim | undefined;
  /** An error when the base directory cannot be proven to be the right one: then nothing is known to be missing. */
  disk: Disk | StorageError;
  /** Where the base directory is, or is to be. */
  basePath: string;
  nodeName: string;
  provisionerNames: readonly string[];
  /** UID of this cluster's namespace kube-system; undefined while it could not be read. */
  ownCluster: string | undefined;
}

export interface LivingClaim extends ClaimReference {
  /** The size that the claim asks for, as a Kubernetes quantity. */
  requestedStorage?: string;
}

export interface Disk {
  baseDirectory: BaseDirectory;
  record: VolumeRecord | undefined;
  place: DirectoryPlace;
}

export const recordOf = (disk: Disk | StorageError): VolumeRecord | undefined =>
  disk instanceof StorageError ? undefined : disk.record;

export interface VolumeSources {
  kube: Pick<KubeApi, 'readClaim' | 'readVolume'>;
  storage: Pick<VolumeStorage, 'basePath' | 'inspect' | 'readRecord' | 'locate'>;
  nodeName: string;
  provisionerNames: readonly string[];
  ownCluster: () => string | undefined;
}

export async function observeVolume(name: string, sources: VolumeSources): Promise<VolumeView> {
  const object = await sources.kube.readVolume(name);
  const volume = object === undefined ? undefined : volumeOf(object);
  const disk = await observeDisk(name, sources.storage);
  return {
    name,
    volume,
    object,
    // Without a volume, it is for the claim's flow to look whether the claim lives.
    livingClaim: volume && (await findLivingClaim([volume.claim, recordOf(disk)?.claim], sources.kube)),
    disk,
    basePath: sources.storage.basePath,
    nodeName: sources.nodeName,
    provisionerNames: sources.provisionerNames,
    ownCluster: sources.ownCluster(),
  };
}

async function observeDisk(name: string, storage: VolumeSources['storage']): Promise<Disk | StorageError> {
  try {
    const baseDirectory = await storage.inspect();
    return { baseDirectory, record: await storage.readRecord(name), place: await storage.locate(name) };
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}

function requestOf({ spec }: PersistentVolumeClaimObject): { requestedStorage?: string } {
  const storage = spec?.resources?.requests?.storage;
  return storage === undefined ? {} : { requestedStorage: storage };
}

/**
 * Kubernetes may call a volume released although its claim lives (kubernetes/kubernetes#141891), so the API server is
 * asked for the claim itself, by UID. A volume that was bound anew has two: its present claim and the one it was made for.
 */
async function findLivingClaim(
  candidates: (ClaimReference | undefined)[],
  kube: Pick<KubeApi, 'readClaim'>,
): Promise<LivingClaim | undefined> {
  const byUid = new Map(candidates.flatMap((claim) => (claim === undefined ? [] : [[claim.uid, claim] as const])));
  for (const claim of byUid.values()) {
    const object = await kube.readClaim(claim.namespace, claim.name);
    if (object?.metadata?.uid === claim.uid) return { ...claim, ...requestOf(object) };
  }
  return undefined;
}
