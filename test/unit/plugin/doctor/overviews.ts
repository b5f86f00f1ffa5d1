import type { EventObject } from '../../../../src/model/kubernetes.ts';
import { documentVersion, type NodeStatus } from '../../../../src/model/node-status.ts';
import type { DaemonSetObject, Overview, Read } from '../../../../src/plugin/overview.ts';
import type { Json } from '../../../support/api.ts';
import * as build from '../../../support/build.ts';

export const nowMs = Date.parse('2026-11-29T12:00:00Z');
const minutesAgo = (minutes: number): string => new Date(nowMs - minutes * 60_000).toISOString();

export const ready = { conditions: [{ type: 'Ready', status: 'True' }] };

export const node = (name: string, changes: Json = {}): Json => ({ ...build.node(name), status: ready, ...changes });

export const daemonSet = (changes: DaemonSetObject = {}): DaemonSetObject => ({
  metadata: { namespace: 'hostpath-provisioner-system', name: 'hostpath-provisioner' },
  spec: { template: { spec: {} } },
  status: { desiredNumberScheduled: 1, numberReady: 1 },
  ...changes,
});

export const daemon = (nodeName: string, changes = {}) => ({
  namespace: 'hostpath-provisioner-system',
  pod: `hostpath-provisioner-${nodeName}`,
  node: nodeName,
  ready: true,
  image: 'hostpath-provisioner:1.0.0',
  ...changes,
});

const gibibyte = 2 ** 30;

export const baseDirectory = (changes: Partial<NodeStatus['baseDirectories'][number]> = {}) => ({
  pool: 'default',
  path: '/mnt/disk',
  usable: true,
  fileSystem: 'ext4',
  mounted: true,
  sizeBytes: 100 * gibibyte,
  freeBytes: 50 * gibibyte,
  inodes: 1_000,
  freeInodes: 500,
  promisedBytes: 10 * gibibyte,
  reservedBytes: 0,
  orphans: 0,
  trash: { usedBytes: 0, volumes: [] },
  ...changes,
});

export const status = (nodeName: string, changes: Partial<NodeStatus> = {}): Read<NodeStatus> => ({
  found: {
    apiVersion: documentVersion,
    kind: 'NodeStatus',
    node: nodeName,
    version: '1.0.0',
    troubles: [],
    baseDirectories: [baseDirectory()],
    keptDirectories: {},
    volumes: [],
    ...changes,
  },
});

/** A class of the daemon's that waits for the first pod. */
export const storageClass = (name: string, changes: Json = {}): Json =>
  build.storageClass(name, { volumeBindingMode: 'WaitForFirstConsumer', ...changes });

/** A claim in namespace dev that waits, made four minutes ago. */
export const claim = (name: string, changes: Json = {}): Json => {
  const { metadata, spec, ...rest } = changes;
  return {
    ...build.claim(name, { spec: { storageClassName: 'fast', ...spec } }),
    metadata: { namespace: 'dev', name, uid: `uid-${name}`, creationTimestamp: minutesAgo(4), ...metadata },
    status: { phase: 'Pending' },
    ...rest,
  };
};

export const onNode = (nodeName: string) => ({ annotations: { 'volume.kubernetes.io/selected-node': nodeName } });

export const boundClaim = (name: string, changes: Json = {}): Json =>
  claim(name, {
    status: { phase: 'Bound', capacity: { storage: '1Gi' } },
    spec: { volumeName: `pvc-${name}`, resources: { requests: { storage: '1Gi' } } },
    ...changes,
  });

/** The volume of the claim of that name, on node-1. */
export const volume = (name: string, changes: Json = {}, nodeName = 'node-1'): Json => ({
  metadata: {
    name: `pvc-${name}`,
    uid: `uid-pvc-${name}`,
    labels: { 'hostpath-provisioner/node': nodeName },
    annotations: { hostPathProvisionerIdentity: nodeName, 'pv.kubernetes.io/provisioned-by': 'hostpath-provisioner' },
    finalizers: ['external-provisioner.volume.kubernetes.io/finalizer'],
    ...changes.metadata,
  },
  spec: {
    persistentVolumeReclaimPolicy: 'Delete',
    claimRef: { namespace: 'dev', name, uid: `uid-${name}` },
    ...changes.spec,
  },
  status: { phase: 'Bound', ...changes.status },
});

export const event = (
  uid: string,
  reason: string,
  message: string,
  changes: Partial<EventObject> = {},
): EventObject => ({
  metadata: {},
  involvedObject: { uid },
  type: 'Warning',
  reason,
  message,
  lastTimestamp: minutesAgo(1),
  reportingComponent: 'hostpath-provisioner',
  reportingInstance: 'node-1',
  ...changes,
});

/** Of a cluster of one node in which nothing is wrong. */
export const healthy = (changes: Partial<Overview> = {}): Overview => ({
  atMs: nowMs,
  claims: { found: [boundClaim('pg')] },
  volumes: { found: [volume('pg')] },
  classes: { found: [storageClass('fast')] },
  pods: { found: [] },
  nodes: { found: [node('node-1')] },
  daemonSets: { found: [daemonSet()] },
  daemons: { found: [daemon('node-1')] },
  events: { found: [] },
  provisioners: ['hostpath-provisioner', 'example.com/hostpath'],
  others: { claims: { found: [] }, classes: { found: [] } },
  statuses: new Map([['node-1', status('node-1')]]),
  directories: new Map(),
  ...changes,
});
