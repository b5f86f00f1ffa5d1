import { annotations, nodeLabel } from '../../src/model/names.ts';
import type { TrashedDirectory } from '../../src/model/node-directories.ts';
import { type BaseDirectoryStatus, documentVersion, type VolumeStatus } from '../../src/model/node-status.ts';
import type { Overview } from '../../src/plugin/overview.ts';

/** The moment of overviews that tests make. */
export const overviewAtMs = Date.parse('2026-11-29T12:00:05Z');

const gib = 2 ** 30;
const provisioner = 'hostpath-provisioner';
const basePath = '/var/hostpath-provisioner';
/** Of the daemons. */
const version = '1.0.0';

/** A claim and what became of it. */
export interface SampleVolume {
  namespace: string;
  claim: string;
  node: string;
  requestedGib: number;
  usedGib?: number;
  pod?: string;
  /** Default: Bound. */
  phase?: string;
  /** Default: three days ago. */
  createdAt?: string;
  directoryMissing?: true;
}

export interface SampleNode {
  name: string;
  sizeGib: number;
  freeGib: number;
  trash?: (TrashedDirectory & { usedGib?: number })[];
  orphans?: string[];
  /** Default: ext4. */
  fileSystem?: string;
  /** Why its base directory cannot be used. */
  unusable?: { reason: string; message: string };
  /** Why its daemon could not be asked. */
  problem?: string;
}

/** What would be read of a cluster with these nodes and volumes. `parts` replaces what it has of these parts. */
export function buildOverview(
  nodes: readonly SampleNode[],
  volumes: readonly SampleVolume[],
  parts: Partial<Overview> = {},
): Overview {
  const bound = volumes.filter(({ phase = 'Bound' }) => phase === 'Bound');
  return {
    atMs: overviewAtMs,
    claims: { found: volumes.map(claimObject) },
    volumes: { found: bound.map(volumeObject) },
    classes: {
      found: [
        {
          metadata: { name: 'hostpath' },
          provisioner,
          volumeBindingMode: 'WaitForFirstConsumer',
          reclaimPolicy: 'Delete',
        },
      ],
    },
    pods: { found: volumes.flatMap(podObject) },
    nodes: {
      found: nodes.map(({ name }) => ({
        metadata: { name },
        status: { conditions: [{ type: 'Ready', status: 'True' }] },
      })),
    },
    daemonSets: {
      found: [
        {
          metadata: { name: provisioner, namespace: `${provisioner}-system` },
          spec: { template: { spec: { containers: [{ image: `${provisioner}:${version}` }] } } },
          status: {
            desiredNumberScheduled: nodes.length,
            numberReady: nodes.length,
            updatedNumberScheduled: nodes.length,
          },
        },
      ],
    },
    daemons: {
      found: nodes.map(({ name }) => ({
        namespace: `${provisioner}-system`,
        pod: `${provisioner}-${name}`,
        node: name,
        ready: true,
        image: `${provisioner}:${version}`,
      })),
    },
    events: { found: [] },
    provisioners: [provisioner],
    others: { claims: { found: [] }, classes: { found: [] } },
    statuses: new Map(nodes.map((node) => [node.name, statusOf(node, bound)])),
    directories: new Map(nodes.map((node) => [node.name, directoriesOf(node)])),
    ...parts,
  };
}

/** So many volumes on ten nodes, some of them over their request. */
export function manyVolumes(number: number): { nodes: SampleNode[]; volumes: SampleVolume[] } {
  const nodes = Array.from({ length: 10 }, (_, index) => ({ name: `node-${index}`, sizeGib: 20_000, freeGib: 8_000 }));
  const volumes = Array.from({ length: number }, (_, index) => ({
    namespace: `team-${index % 50}`,
    claim: `data-${index}`,
    node: `node-${index % nodes.length}`,
    requestedGib: 1 + (index % 20),
    usedGib: (((index * 7919) % 1_010) / 1_000) * (1 + (index % 20)),
    pod: `server-${index}`,
  }));
  return { nodes, volumes };
}

const nameOf = ({ namespace, claim }: SampleVolume): string => `pvc-${namespace}-${claim}`;

const claimObject = (volume: SampleVolume) => ({
  metadata: {
    namespace: volume.namespace,
    name: volume.claim,
    uid: `${volume.namespace}-${volume.claim}`,
    creationTimestamp: volume.createdAt ?? '2026-11-26T12:00:00Z',
    annotations: { [annotations.selectedNode]: volume.node },
  },
  spec: {
    storageClassName: 'hostpath',
    resources: { requests: { storage: `${volume.requestedGib}Gi` } },
    ...((volume.phase ?? 'Bound') !== 'Pending' && { volumeName: nameOf(volume) }),
  },
  status: { phase: volume.phase ?? 'Bound' },
});

const volumeObject = (volume: SampleVolume) => ({
  metadata: {
    name: nameOf(volume),
    labels: { [nodeLabel]: volume.node },
    annotations: { [annotations.identity]: volume.node, [annotations.provisionedBy]: provisioner },
  },
  spec: {
    storageClassName: 'hostpath',
    capacity: { storage: `${volume.requestedGib}Gi` },
    persistentVolumeReclaimPolicy: 'Delete',
    hostPath: { path: `${basePath}/${nameOf(volume)}` },
    claimRef: { namespace: volume.namespace, name: volume.claim, uid: `${volume.namespace}-${volume.claim}` },
  },
  status: { phase: 'Bound' },
});

const podObject = ({ namespace, claim, pod, node }: SampleVolume) =>
  pod === undefined
    ? []
    : [
        {
          metadata: { namespace, name: pod },
          spec: { nodeName: node, volumes: [{ persistentVolumeClaim: { claimName: claim } }] },
        },
      ];

function statusOf(node: SampleNode, bound: readonly SampleVolume[]): ReturnType<Overview['statuses']['get']> & object {
  if (node.problem !== undefined) return { problem: node.problem };
  const own = bound.filter((volume) => volume.node === node.name);
  return {
    found: {
      apiVersion: documentVersion,
      kind: 'NodeStatus',
      node: node.name,
      version,
      troubles: [],
      baseDirectories: [baseDirectoryOf(node, own)],
      keptDirectories: {},
      volumes: own.map(measured),
    },
  };
}

function baseDirectoryOf(node: SampleNode, own: readonly SampleVolume[]): BaseDirectoryStatus {
  const { sizeGib, freeGib, trash = [], orphans = [], fileSystem = 'ext4', unusable } = node;
  return {
    pool: 'default',
    path: basePath,
    usable: unusable === undefined,
    ...unusable,
    fileSystem,
    mounted: true,
    sizeBytes: sizeGib * gib,
    freeBytes: freeGib * gib,
    inodes: 4_000_000,
    freeInodes: 3_900_000,
    promisedBytes: own.reduce((sum, { requestedGib }) => sum + requestedGib * gib, 0),
    reservedBytes: 0,
    orphans: orphans.length,
    trash: {
      usedBytes: trash.reduce((sum, { usedGib = 0 }) => sum + usedGib * gib, 0),
      volumes: trash.map(({ volume, usedGib }) => ({
        volume,
        ...(usedGib !== undefined && { usedBytes: usedGib * gib }),
      })),
    },
  };
}

function measured(volume: SampleVolume): VolumeStatus {
  const { requestedGib, usedGib, directoryMissing } = volume;
  return {
    volume: nameOf(volume),
    pool: 'default',
    capacityBytes: requestedGib * gib,
    ...(usedGib !== undefined && { usedBytes: usedGib * gib, inodes: 1_000, ageSeconds: 12 }),
    ...(directoryMissing && { directoryMissing }),
  };
}

function directoriesOf({
  name,
  problem,
  trash = [],
  orphans = [],
}: SampleNode): ReturnType<Overview['directories']['get']> & object {
  if (problem !== undefined) return { problem };
  return {
    found: {
      apiVersion: documentVersion,
      kind: 'NodeDirectories',
      node: name,
      baseDirectories: [
        { pool: 'default', path: basePath, trash: trash.map(({ usedGib, ...entry }) => entry), kept: [], orphans },
      ],
    },
  };
}
