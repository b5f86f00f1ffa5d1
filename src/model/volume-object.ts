import type { ReclaimPolicy } from './class.ts';
import type { ClassParameters } from './class-parameters.ts';
import type { PersistentVolumeObject } from './kubernetes.ts';
import { annotations, finalizer, hostnameLabel, nodeLabel, nodeLabelValue } from './names.ts';
import type { VolumeRecord } from './volume-record.ts';

/** Everything that making a volume takes, decided beforehand. */
export interface ProvisionPlan {
  record: VolumeRecord;
  provisioner: string;
  /** A Kubernetes quantity, as the claim has it. */
  capacity: string;
  accessModes: string[];
  volumeMode: string;
  mountOptions: string[];
  reclaimPolicy: ReclaimPolicy;
  parameters: ClassParameters;
  /** Value of the node's hostname label. */
  hostname: string;
}

/** By which the daemon of a node finds its volumes. */
export const labelsFor = (nodeName: string): Record<string, string> => ({ [nodeLabel]: nodeLabelValue(nodeName) });

/** By which a volume tells the base directory that it lies in from any other. */
export const baseAnnotations = ({ id, mounted }: { id: string; mounted: boolean }): Record<string, string> => ({
  [annotations.baseDirectoryId]: id,
  [annotations.baseDirectoryMounted]: String(mounted),
});

/** The volume object for a plan whose directory exists. */
export function volumeObject(
  plan: ProvisionPlan,
  directory: { path: string; baseDirectory: { id: string; mounted: boolean } },
): PersistentVolumeObject {
  const { record, parameters } = plan;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: record.volume,
      annotations: {
        [annotations.provisionedBy]: plan.provisioner,
        [annotations.identity]: record.node,
        ...baseAnnotations(directory.baseDirectory),
      },
      labels: labelsFor(record.node),
      // With Retain too: the journal must note that before the volume can go (delete/decide.ts, `retain`).
      finalizers: [finalizer],
    },
    spec: {
      accessModes: plan.accessModes,
      capacity: { storage: plan.capacity },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...record.claim },
      // "Directory", so that a lost disk cannot turn into an empty volume: kubelet then refuses to start the pod.
      ...(parameters.volumeType === 'local'
        ? { local: { path: directory.path } }
        : { hostPath: { path: directory.path, type: 'Directory' } }),
      ...(plan.mountOptions.length > 0 && { mountOptions: plan.mountOptions }),
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: hostnameLabel, operator: 'In', values: [plan.hostname] }] }],
        },
      },
      persistentVolumeReclaimPolicy: plan.reclaimPolicy,
      storageClassName: record.class,
      volumeMode: plan.volumeMode,
    },
  };
}
