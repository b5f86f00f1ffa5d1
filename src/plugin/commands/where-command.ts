import { createKubeApi } from '../../kube/calls/client.ts';
import { ApiError, type KubeApi } from '../../kube/calls/kube-api.ts';
import { claimOf } from '../../model/claim.ts';
import { isVolumeName } from '../../model/names.ts';
import { type Volume, volumeOf } from '../../model/volume.ts';
import type { OpenCluster } from '../cluster/open-cluster.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import { nodeOf } from '../rows/node-of.ts';
import { type End, ended, failed, misused } from './end.ts';

/** Prints `NODE:PATH` of the volume with this name, or of the volume of this claim. */
export async function runWhere(
  wanted: string,
  given: { namespace?: string },
  { connection, namespace: ofContext }: Pick<OpenCluster, 'connection' | 'namespace'>,
  { say }: Output,
): Promise<End> {
  const parts = wanted.split('/');
  const [name = '', namespace = given.namespace ?? ofContext] = parts.toReversed();
  if (parts.length > 2 || name === '' || namespace === '') {
    return misused(
      `${JSON.stringify(wanted)} names neither a claim nor a volume: use NAMESPACE/CLAIM, CLAIM or VOLUME`,
    );
  }
  try {
    const kube = createKubeApi(connection);
    const found = await find(kube, namespace, name, parts.length === 1 && isVolumeName(name));
    if ('problem' in found) return failed(found.problem);
    const { volume } = found;
    const node = nodeOf(volume);
    if (node === undefined || volume.path === undefined) {
      return failed(`volume ${volume.name} is not one of hostpath-provisioner: kubectl describe pv ${volume.name}`);
    }
    say(printable(`${node}:${volume.path}`));
    return ended;
  } catch (error) {
    if (error instanceof ApiError) return failed(error.message);
    throw error;
  }
}

/** A claim may have a name such as those of volumes, so the claim is asked for if there is no such volume. */
async function find(
  kube: KubeApi,
  namespace: string,
  name: string,
  mayBeVolume: boolean,
): Promise<{ volume: Volume } | { problem: string }> {
  const named = mayBeVolume ? await kube.readVolume(name) : undefined;
  if (named !== undefined) return { volume: volumeOf(named) };
  const object = await kube.readClaim(namespace, name);
  if (object === undefined) {
    return {
      problem: mayBeVolume
        ? `there is no volume ${name}: "kubectl hostpath-provisioner trash" lists deleted volumes`
        : `there is no claim ${name} in namespace ${namespace}: "kubectl hostpath-provisioner volumes -A" lists all`,
    };
  }
  const { volumeName } = claimOf(object);
  if (volumeName === undefined) {
    return { problem: `claim ${namespace}/${name} has no volume yet: kubectl describe pvc -n ${namespace} ${name}` };
  }
  const volume = await kube.readVolume(volumeName);
  if (volume !== undefined) return { volume: volumeOf(volume) };
  return {
    problem: `volume ${volumeName} of claim ${namespace}/${name} is gone: kubectl describe pvc -n ${namespace} ${name}`,
  };
}
