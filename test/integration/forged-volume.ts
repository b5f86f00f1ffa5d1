import type { Json } from '../support/api.ts';
import type { Scene } from './scene.ts';

/** What a forged volume has that an exact one has not. Undefined takes a field away. */
export interface Deviations {
  identity?: string | undefined;
  provisionedBy?: string | undefined;
  baseDirectoryId?: string | undefined;
  nodeLabel?: string | undefined;
  finalizers?: string[];
  source?: Json;
  claimRef?: Json;
  reclaimPolicy?: string;
}

const finalizer = 'external-provisioner.volume.kubernetes.io/finalizer';

export const reference = ({ metadata: { namespace, name } }: Json, uid: string): Json => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  namespace,
  name,
  uid,
});

/** A volume as the daemon would have made it for a claim that is gone, but for the deviations. */
export function forgedVolume(scene: Scene, name: string, uid: string, deviations: Deviations = {}): Json {
  const parts = {
    identity: scene.nodeName,
    provisionedBy: scene.provisioner,
    baseDirectoryId: scene.baseId,
    nodeLabel: scene.nodeName,
    finalizers: [finalizer],
    source: { hostPath: { path: `${scene.base}/${name}`, type: 'Directory' } },
    claimRef: reference({ metadata: { namespace: scene.namespace, name: 'nobody' } }, uid),
    reclaimPolicy: 'Delete',
    ...deviations,
  };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      labels: { 'hostpath-provisioner/node': parts.nodeLabel },
      annotations: {
        'pv.kubernetes.io/provisioned-by': parts.provisionedBy,
        hostPathProvisionerIdentity: parts.identity,
        'hostpath-provisioner/base-directory-id': parts.baseDirectoryId,
      },
      finalizers: parts.finalizers,
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Mi' },
      claimRef: parts.claimRef,
      ...parts.source,
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [scene.nodeName] }] },
          ],
        },
      },
      persistentVolumeReclaimPolicy: parts.reclaimPolicy,
      storageClassName: scene.className,
      volumeMode: 'Filesystem',
    },
  };
}
