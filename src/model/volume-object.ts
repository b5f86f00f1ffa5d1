import type { Claim } from './claim.ts';
import type { Class, ReclaimPolicy } from './class.ts';
import type { ClassParameters } from './class-parameters.ts';
import type { PersistentVolumeObject } from './kubernetes.ts';
import { annotations, finalizer, hostnameLabel, nodeLabel, nodeLabelValue } from './names.ts';
import type { Demand } from './room.ts';
import type { Limit, VolumeRecord, VolumeTemplate } from './volume-record.ts';

/** Everything that registering a volume needs. */
export interface VolumePlan extends VolumeTemplate {
  record: VolumeRecord;
  /** The claim that gets it. Without a UID, the next claim of that name gets it. */
  claim: { namespace: string; name: string; uid?: string };
  reclaimPolicy: ReclaimPolicy;
}

/** Everything that making a volume needs. */
export interface ProvisionPlan extends VolumePlan {
  parameters: ClassParameters;
  /** What is taken of the room before anything is made. */
  demand: Demand;
  /** Undefined where nothing is enforced. */
  limit: Limit | undefined;
}

export const templateOf = (
  claim: Claim,
  cls: Class,
  { volumeType }: ClassParameters,
  hostname: string,
): VolumeTemplate => ({
  provisioner: cls.provisioner,
  capacity: claim.requestedStorage,
  accessModes: claim.accessModes,
  volumeMode: claim.volumeMode,
  mountOptions: cls.mountOptions,
  volumeType,
  hostname,
});

/** The labels by which a node's daemon finds its volumes. */
export const labelsFor = (nodeName: string): Record<string, string> => ({ [nodeLabel]: nodeLabelValue(nodeName) });

/** The annotations that identify the base directory of a volume. */
export const baseAnnotations = ({ id, mounted }: { id: string; mounted: boolean }): Record<string, string> => ({
  [annotations.baseDirectoryId]: id,
  [annotations.baseDirectoryMounted]: String(mounted),
});

/** The volume object for a plan whose directory exists. */
export function volumeObject(
  plan: VolumePlan,
  directory: { path: string; baseDirectory: { id: string; mounted: boolean } },
): PersistentVolumeObject {
  const { record } = plan;
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
      // Also with policy Retain: the volume must not go before the journal has noted the policy (volume/rules/in-use.ts).
      ...(record.reclaimPolicy === 'Delete' && { finalizers: [finalizer] }),
    },
    spec: {
      accessModes: plan.accessModes,
      capacity: { storage: plan.capacity },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...plan.claim },
      // "Directory", so that a lost disk cannot turn into an empty volume: kubelet then refuses to start the pod.
      ...(plan.volumeType === 'local'
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
