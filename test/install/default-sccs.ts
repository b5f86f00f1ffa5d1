import type { Json } from '../support/api.ts';

const none = {
  allowHostDirVolumePlugin: false,
  allowHostIPC: false,
  allowHostNetwork: false,
  allowHostPID: false,
  allowHostPorts: false,
  allowPrivilegedContainer: false,
  readOnlyRootFilesystem: false,
  allowedCapabilities: [],
  defaultAddCapabilities: [],
  priority: null,
};
const anything = { type: 'RunAsAny' };
const ofTheProject = { type: 'MustRunAs' };
const ofPods = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

const v2 = {
  ...none,
  allowPrivilegeEscalation: false,
  allowedCapabilities: ['NET_BIND_SERVICE'],
  requiredDropCapabilities: ['ALL'],
  seccompProfiles: ['runtime/default'],
  seLinuxContext: ofTheProject,
  supplementalGroups: anything,
  volumes: ofPods,
};

/**
 * Of the SCCs that OpenShift brings, those that bear on our pods, by name: every user and ServiceAccount may use `restricted-v2`,
 * the others are granted. Source: openshift/cluster-kube-apiserver-operator, bindata/bootkube/scc-manifests.
 */
export const defaultSccs: Record<'restricted-v2' | 'nonroot-v2' | 'hostmount-anyuid' | 'privileged', Json> = {
  'restricted-v2': { ...v2, runAsUser: { type: 'MustRunAsRange' }, fsGroup: ofTheProject },
  'nonroot-v2': { ...v2, runAsUser: { type: 'MustRunAsNonRoot' }, fsGroup: anything },
  'hostmount-anyuid': {
    ...none,
    allowHostDirVolumePlugin: true,
    allowPrivilegeEscalation: true,
    requiredDropCapabilities: ['MKNOD'],
    runAsUser: anything,
    seLinuxContext: ofTheProject,
    fsGroup: anything,
    supplementalGroups: anything,
    volumes: [...ofPods, 'hostPath', 'nfs'],
  },
  privileged: {
    ...none,
    allowHostDirVolumePlugin: true,
    allowHostIPC: true,
    allowHostNetwork: true,
    allowHostPID: true,
    allowHostPorts: true,
    allowPrivilegeEscalation: true,
    allowPrivilegedContainer: true,
    allowedCapabilities: ['*'],
    requiredDropCapabilities: [],
    seccompProfiles: ['*'],
    runAsUser: anything,
    seLinuxContext: anything,
    fsGroup: anything,
    supplementalGroups: anything,
    volumes: ['*'],
  },
};
