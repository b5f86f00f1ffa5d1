import { annotations } from '../../src/model/names.ts';
import type { Cluster } from '../../test/support/cluster.ts';
import { until } from '../../test/support/until.ts';
import type { PairNames } from './pair-names.ts';

const patchHeaders = {
  'content-type': 'application/merge-patch+json',
  'user-agent': 'kube-controller-manager/v1', // so that managedFields name it
};

/** Binds a claim to its volume as kube-controller-manager does, which the bench runs without its binder. */
export async function patchBound(cluster: Cluster, claimName: string, volumeName: string): Promise<void> {
  const claimPath = `${cluster.claimsPath}/${claimName}`;
  const volumePath = `/api/v1/persistentvolumes/${volumeName}`;
  const patch = async (path: string, change: object) => {
    const { status, body } = await cluster.api.send('PATCH', path, change, patchHeaders);
    if (status !== 200) throw new Error(`PATCH ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const { spec } = await patch(`${volumePath}/status`, { status: { phase: 'Bound' } });
  const marks = { [annotations.bindCompleted]: 'yes', 'pv.kubernetes.io/bound-by-controller': 'yes' };
  await patch(claimPath, { metadata: { annotations: marks }, spec: { volumeName } });
  const { accessModes, capacity } = spec;
  await patch(`${claimPath}/status`, { status: { phase: 'Bound', accessModes, capacity } });
}

/** The same. Returns when what kube-controller-manager does nevertheless, to every claim and volume, has been done too. */
export async function bind(cluster: Cluster, claimName: string, volumeName: string): Promise<PairNames> {
  await patchBound(cluster, claimName, volumeName);
  const claim = await until(`claim ${claimName} is bound, and known to be unused`, async () => {
    const found = await cluster.readClaim(claimName);
    return found?.status.phase === 'Bound' && found.status.conditions !== undefined && found;
  });
  const volume = await until(`volume ${volumeName} is bound, and protected`, async () => {
    const found = await cluster.readVolume(volumeName);
    return (
      found?.status.phase === 'Bound' && found.metadata.finalizers?.includes('kubernetes.io/pv-protection') && found
    );
  });
  return { claimName, claimUid: claim.metadata.uid, volumeUid: volume.metadata.uid };
}
