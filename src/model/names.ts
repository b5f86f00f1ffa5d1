import { createHash } from 'node:crypto';

/** Names that Kubernetes and the field agreed on, each with its source. LIB is sig-storage-lib-external-provisioner. */
export const annotations = {
  /** On a claim: who is to provision it. Set by kube-controller-manager. LIB controller.go. */
  storageProvisioner: 'volume.kubernetes.io/storage-provisioner',
  /** The same before it became general; read when the one above is absent. */
  betaStorageProvisioner: 'volume.beta.kubernetes.io/storage-provisioner',
  /** On a claim: its class, from before `spec.storageClassName`; wins over it, as in component-helpers. */
  betaStorageClass: 'volume.beta.kubernetes.io/storage-class',
  /** On a claim: the node that the scheduler chose. Only with WaitForFirstConsumer. */
  selectedNode: 'volume.kubernetes.io/selected-node',
  /** On a claim: binding is over. Set by kube-controller-manager, component-helpers storage/volume. */
  bindCompleted: 'pv.kubernetes.io/bind-completed',
  /** On a volume: the provisioner name that made it. Keeps kube-controller-manager's own deleter away. */
  provisionedBy: 'pv.kubernetes.io/provisioned-by',
  /** On a volume: the node whose daemon made it. The original demo's annotation, kept. */
  identity: 'hostPathProvisionerIdentity',
  /** On a volume: the id of the base directory that its directory lies in. Ours. */
  baseDirectoryId: 'hostpath-provisioner/base-directory-id',
  /** On a volume: `true` when the base directory was a mount point at that time. Ours. */
  baseDirectoryMounted: 'hostpath-provisioner/base-directory-mounted',
} as const;

/**
 * On a volume: keeps it until its directory is gone or, with reclaim policy Retain, until the journal has noted that the
 * directory stays. KEP-2644 HonorPVReclaimPolicy.
 */
export const finalizer = 'external-provisioner.volume.kubernetes.io/finalizer';

/** On a volume: the node it lies on, so that each daemon watches its own volumes alone. */
export const nodeLabel = 'hostpath-provisioner/node';

/** On a node: the value that a volume's node affinity names. It may differ from the node's name. */
export const hostnameLabel = 'kubernetes.io/hostname';

/** Label values are at most 63 characters long, node names 253. */
const longestLabelValue = 63;

/** The node's name as a label value: itself, or a hash of it when it is too long for one. */
export function nodeLabelValue(nodeName: string): string {
  if (nodeName.length <= longestLabelValue) return nodeName;
  return `sha256-${createHash('sha256').update(nodeName).digest('hex').slice(0, 40)}`;
}

/** Names that volumes of ours have, and no path but a plain name can match: `pvc-` and a claim's UID. */
const volumeNamePattern = /^pvc-[0-9a-z][0-9a-z-]{0,98}$/;

/** The name of a claim's volume and directory. It is a function of the UID alone, so that a second attempt finds the first. */
export function volumeNameFor(claimUid: string): string {
  return `pvc-${claimUid}`;
}

export function isVolumeName(name: string): boolean {
  return volumeNamePattern.test(name);
}
