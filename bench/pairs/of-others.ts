import { annotations, volumeNameFor } from '../../src/model/names.ts';
import type { Json } from '../../test/support/api.ts';
import type { FreshCluster } from '../cluster/fresh-cluster.ts';
import { bind } from './bind.ts';
import { fill } from './fill.ts';
import { newClaimName } from './pair-names.ts';

const provisioner = 'csi.example.com';

/** Fills an empty cluster with bound claims and volumes of another provisioner, so many of each. */
export async function makePairsOfOthers(fresh: FreshCluster, count: number): Promise<void> {
  const { cluster } = fresh;
  const claimName = newClaimName();
  const claim = await cluster.createClaim(claimName, {
    metadata: {
      annotations: {
        [annotations.storageProvisioner]: provisioner,
        [annotations.betaStorageProvisioner]: provisioner,
      },
    },
    spec: { storageClassName: 'of-others' },
  });
  const volume = await cluster.api.create('/api/v1/persistentvolumes', volumeOfOthers(claim));
  await fill(fresh, await bind(cluster, claimName, volume.metadata.name), count);
}

/** What the CSI provisioner makes for a claim. */
export function volumeOfOthers({ metadata: { uid, name, namespace }, spec }: Json): Json {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: volumeNameFor(uid),
      annotations: {
        [annotations.provisionedBy]: provisioner,
        'volume.kubernetes.io/provisioner-deletion-secret-name': '',
        'volume.kubernetes.io/provisioner-deletion-secret-namespace': '',
      },
    },
    spec: {
      accessModes: spec.accessModes,
      capacity: spec.resources.requests,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      csi: {
        driver: provisioner,
        volumeHandle: `0001-0024-${uid}`,
        fsType: 'ext4',
        volumeAttributes: { 'storage.kubernetes.io/csiProvisionerIdentity': `1767323045000-8081-${provisioner}` },
      },
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: spec.storageClassName,
      volumeMode: 'Filesystem',
    },
  };
}
