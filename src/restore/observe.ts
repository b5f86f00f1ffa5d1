import type { KubeApi } from '../kube/kube-api.ts';
import { type Claim, claimOf } from '../model/claim.ts';
import { type Volume, volumeOf } from '../model/volume.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import type { BaseDirectory, DirectoryPlace, VolumeStorage } from '../storage/volume-storage.ts';

/** Which volume is to be had back, on which node, and for which claim: one that exists, or one that is to be made. */
export interface RestoreRequest {
  volumeName: string;
  claim: { namespace: string; name: string };
  nodeName: string;
}

/** Everything that the decision on a restore needs, read from the API server and the disk at this moment. */
export interface RestoreView {
  request: RestoreRequest;
  baseDirectory: BaseDirectory;
  record: VolumeRecord | undefined;
  place: DirectoryPlace;
  /** The volume object, when there is one already, or still. */
  volume: Volume | undefined;
  claim: Claim | undefined;
}

export interface RestoreSources {
  kube: Pick<KubeApi, 'readClaim' | 'readVolume'>;
  storage: Pick<VolumeStorage, 'inspect' | 'readRecord' | 'locate'>;
}

export async function observeRestore(request: RestoreRequest, { kube, storage }: RestoreSources): Promise<RestoreView> {
  const { volumeName, claim } = request;
  const baseDirectory = await storage.inspect();
  const volumeObject = await kube.readVolume(volumeName);
  const claimObject = await kube.readClaim(claim.namespace, claim.name);
  return {
    request,
    baseDirectory,
    record: await storage.readRecord(volumeName),
    place: await storage.locate(volumeName),
    volume: volumeObject && volumeOf(volumeObject),
    claim: claimObject && claimOf(claimObject),
  };
}
