import type { EventObject } from '../../src/model/kubernetes.ts';
import { findings } from '../../src/plugin/doctor/findings.ts';
import type { Overview } from '../../src/plugin/overview.ts';
import type { PageContent } from '../../src/plugin/page/content.ts';
import { contentOf } from '../../src/plugin/page/content.ts';
import { roomTrouble } from '../../src/volume/rules/room.ts';
import { buildOverview, manyVolumes, type SampleNode, type SampleVolume } from '../support/build-overview.ts';

/** A small cluster in which something of each kind is to be seen. */
const nodes: SampleNode[] = [
  {
    name: 'node-1',
    sizeGib: 118,
    freeGib: 41.3,
    trash: [
      {
        volume: 'pvc-c5a8fe30-8a4f-4f27-9a51-6b0f3c1e2d47',
        claim: { namespace: 'kafka', name: 'data-0-kafka-0' },
        class: 'hostpath',
        capacity: '10Gi',
        removedAt: '2026-11-28T22:00:05Z',
        keptUntil: '2026-11-30T10:00:05Z',
        usedGib: 2.2,
      },
    ],
  },
  {
    name: 'node-2',
    sizeGib: 118,
    freeGib: 9.4,
    trash: [
      {
        volume: 'pvc-1f0e7a52-33d9-4c8e-b1a4-0d9c5e8f7a21',
        claim: { namespace: 'dev', name: 'scratch' },
        class: 'hostpath',
        capacity: '5Gi',
        removedAt: '2026-11-29T11:31:00Z',
        keptUntil: '2026-11-30T11:31:00Z',
        usedGib: 0.84,
      },
    ],
  },
  { name: 'node-3', sizeGib: 59, freeGib: 52.1, fileSystem: 'xfs' },
];

const volumes: SampleVolume[] = [
  { namespace: 'kafka', claim: 'data-0-kafka-0', node: 'node-1', requestedGib: 20, usedGib: 12.4, pod: 'kafka-0' },
  { namespace: 'kafka', claim: 'data-0-kafka-1', node: 'node-2', requestedGib: 20, usedGib: 18.7, pod: 'kafka-1' },
  { namespace: 'kafka', claim: 'data-0-kafka-2', node: 'node-3', requestedGib: 20, usedGib: 3.1, pod: 'kafka-2' },
  { namespace: 'shop', claim: 'data-postgres-0', node: 'node-2', requestedGib: 10, usedGib: 12.6, pod: 'postgres-0' },
  { namespace: 'shop', claim: 'data-redis-0', node: 'node-1', requestedGib: 2, usedGib: 0.21, pod: 'redis-0' },
  {
    namespace: 'monitoring',
    claim: 'prometheus-db',
    node: 'node-1',
    requestedGib: 50,
    usedGib: 31.9,
    pod: 'prometheus-0',
  },
  { namespace: 'monitoring', claim: 'grafana', node: 'node-2', requestedGib: 1, usedGib: 0.06, pod: 'grafana-6c9d' },
  {
    namespace: 'dev',
    claim: 'pg',
    node: 'node-2',
    requestedGib: 100,
    phase: 'Pending',
    pod: 'pg-0',
    createdAt: '2026-11-29T11:56:00Z',
  },
  { namespace: 'dev', claim: 'build-cache', node: 'node-1', requestedGib: 15, usedGib: 9.8 },
  { namespace: 'dev', claim: 'uploads', node: 'node-3', requestedGib: 5, pod: 'uploads-0', directoryMissing: true },
];

const gib = 2 ** 30;

/** Why the claim that waits does, in the daemon's words. */
function noRoom(): EventObject {
  const room = { sizeBytes: 118 * gib, reservedBytes: 0, promisedBytes: 31 * gib, keptBytes: 0, inodes: 4_000_000 };
  const where = {
    basePath: '/var/hostpath-provisioner',
    node: { name: 'node-2', hostname: 'node-2', labels: {}, registered: true },
  };
  const { reason, message } = roomTrouble({ bytes: 100 * gib, most: 1 }, room, where) ?? {};
  return {
    metadata: {},
    involvedObject: { uid: 'dev-pg' },
    type: 'Warning',
    reason: 'ProvisioningFailed',
    message: `${reason}: ${message}`,
    lastTimestamp: '2026-11-29T12:00:00Z',
    reportingComponent: 'hostpath-provisioner',
    reportingInstance: 'node-2',
  };
}

const contentAt = (overview: Overview): PageContent => contentOf(overview, findings(overview, overview.atMs, '1.0.0'));

export const sampleContent = (): PageContent =>
  contentAt(buildOverview(nodes, volumes, { events: { found: [noRoom()] } }));

/** A cluster with so many volumes. */
export function largeContent(number: number): PageContent {
  const many = manyVolumes(number);
  return contentAt(buildOverview(many.nodes, many.volumes));
}
