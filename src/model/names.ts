import { createHash } from 'node:crypto';

/** Annotations of Kubernetes with their sources, and ours. LIB is sig-storage-lib-external-provisioner. */
export const annotations = {
  /** On a claim: the provisioner that has to act. Set by kube-controller-manager. LIB controller.go. */
  storageProvisioner: 'volume.kubernetes.io/storage-provisioner',
  /** The same in beta; read when the one above is absent. */
  betaStorageProvisioner: 'volume.beta.kubernetes.io/storage-provisioner',
  /** On a claim: its class. It wins over `spec.storageClassName`, as in component-helpers. */
  betaStorageClass: 'volume.beta.kubernetes.io/storage-class',
  /** On a claim: the node that the scheduler chose. Only with WaitForFirstConsumer. */
  selectedNode: 'volume.kubernetes.io/selected-node',
  /** On a claim: it is bound. Set by kube-controller-manager, component-helpers storage/volume. */
  bindCompleted: 'pv.kubernetes.io/bind-completed',
  /** On a volume: the provisioner name that made it. Keeps kube-controller-manager's own deleter away. */
  provisionedBy: 'pv.kubernetes.io/provisioned-by',
  /** On a volume: the node whose daemon made it. The annotation of the original demo. */
  identity: 'hostPathProvisionerIdentity',
  /** On a volume: the id of its base directory. Ours. */
  baseDirectoryId: 'hostpath-provisioner/base-directory-id',
  /** On a volume: `true` when the base directory was a mount point at that time. Ours. */
  baseDirectoryMounted: 'hostpath-provisioner/base-directory-mounted',
} as const;

/** On a volume: keeps it until its directory is gone, or noted as retained. KEP-2644 HonorPVReclaimPolicy. */
export const finalizer = 'external-provisioner.volume.kubernetes.io/finalizer';

/** On a volume: its node, so that each daemon watches only its own volumes. */
export const nodeLabel = 'hostpath-provisioner/node';

/** On a node: the label that node affinities of volumes use. It may differ from the node's name. */
export const hostnameLabel = 'kubernetes.io/hostname';

/** Label values are at most 63 characters long, node names 253. */
const longestLabelValue = 63;

/** The node's name as a label value: itself, or a hash of it when it is too long for one. */
export function nodeLabelValue(nodeName: string): string {
  if (nodeName.length <= longestLabelValue) return nodeName;
  return `sha256-${createHash('sha256').update(nodeName).digest('hex').slice(0, 40)}`;
}

/** Matches names of our volumes, `pvc-` and a claim's UID, and no path of several names. */
const volumeNamePattern = /^pvc-[0-9a-z][0-9a-z-]{0,98}$/;

/** The name of a claim's volume and directory. It depends only on the UID, so that a second try finds the first. */
export function volumeNameFor(claimUid: string): string {
  return `pvc-${claimUid}`;
}

export function isVolumeName(name: string): boolean {
  return volumeNamePattern.test(name);
}

/** The pool of a base directory that was given without a name. */
export const defaultPool = 'default';

/** Pool names stand in labels of metrics, in class parameters and before a `=`. */
export function isPoolName(name: string): boolean {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name);
}
