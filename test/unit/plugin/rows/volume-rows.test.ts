import { describe, expect, test } from 'vitest';
import type { VolumeStatus } from '../../../../src/model/node-status.ts';
import { volumeRows } from '../../../../src/plugin/rows/volume-rows.ts';
import { boundClaim, claim, healthy, onNode, status, volume } from '../doctor/overviews.ts';

const gibibyte = 2 ** 30;
const problem = { problem: 'the right to list them is missing' };

const pod = (name: string, ...claims: string[]) => ({
  metadata: { name, namespace: 'dev' },
  spec: { volumes: claims.map((claimName) => ({ persistentVolumeClaim: { claimName } })) },
});

const measured = (changes: Partial<VolumeStatus> = {}): VolumeStatus => ({
  volume: 'pvc-pg',
  pool: 'default',
  capacityBytes: gibibyte,
  usedBytes: gibibyte / 4,
  availableBytes: (3 * gibibyte) / 4,
  inodes: 12,
  ageSeconds: 60,
  ...changes,
});

const serving = (...volumes: VolumeStatus[]) => new Map([['node-1', status('node-1', { volumes })]]);

const pg = healthy({
  claims: { found: [boundClaim('pg')] },
  volumes: { found: [volume('pg', { spec: { hostPath: { path: '/mnt/disk/pvc-pg' }, storageClassName: 'fast' } })] },
  pods: { found: [pod('pg-0', 'pg'), pod('pg-1', 'pg'), pod('other', 'other')] },
  statuses: serving(measured()),
});

test('A row joins what the claim, its volume, its pods and the daemon of its node say', () => {
  expect(volumeRows(pg)).toEqual([
    {
      namespace: 'dev',
      claim: 'pg',
      status: 'Bound',
      node: 'node-1',
      requestedBytes: gibibyte,
      usedBytes: gibibyte / 4,
      usedPercent: 25,
      availableBytes: (3 * gibibyte) / 4,
      inodes: 12,
      pods: ['pg-0', 'pg-1'],
      createdAt: '2026-11-29T11:56:00.000Z',
      volume: 'pvc-pg',
      class: 'fast',
      reclaimPolicy: 'Delete',
      usageAgeSeconds: 60,
      path: '/mnt/disk/pvc-pg',
      pool: 'default',
    },
  ]);
});

describe('A row remarks that', () => {
  test.each([
    ['over its request', { usedBytes: gibibyte + 1 }],
    ['directory missing', { directoryMissing: true as const, usedBytes: 2 * gibibyte }],
  ])('%s', (remark, changes) => {
    expect(volumeRows({ ...pg, statuses: serving(measured(changes)) })).toMatchObject([{ remark }]);
  });

  test('volume lost, as Kubernetes says of the claim', () => {
    const lost = boundClaim('pg', { status: { phase: 'Lost' } });
    expect(volumeRows({ ...pg, claims: { found: [lost] } })).toMatchObject([{ remark: 'volume lost', status: 'Lost' }]);
  });
});

test('A claim that waits has the node that the scheduler chose, and neither volume nor usage', () => {
  const [row] = volumeRows({ ...pg, claims: { found: [claim('waiting', { metadata: onNode('node-2') })] } });
  expect(row).toMatchObject({ claim: 'waiting', status: 'Pending', node: 'node-2', pods: [] });
  expect(row).not.toHaveProperty('volume');
  expect(row).not.toHaveProperty('usedBytes');
});

test('Rows are in the order of namespaces and names', () => {
  const claims = [claim('b'), claim('a'), claim('z', { metadata: { namespace: 'apps' } })];
  const names = volumeRows({ ...pg, claims: { found: claims } }).map((row) => `${row.namespace}/${row.claim}`);
  expect(names).toEqual(['apps/z', 'dev/a', 'dev/b']);
});

describe('What cannot be read is absent, and the rest is there:', () => {
  test.each([
    ['pods', { pods: problem }, ['pods']],
    ['volumes', { volumes: problem }, ['node', 'path', 'reclaimPolicy', 'usedBytes', 'usedPercent', 'pool']],
    ['claims', { claims: problem }, ['requestedBytes', 'createdAt', 'usedPercent']],
    ['the status of the node', { statuses: new Map([['node-1', problem]]) }, ['usedBytes', 'inodes', 'pool']],
    ['the daemons', { daemons: problem, statuses: new Map() }, ['usedBytes', 'availableBytes', 'usageAgeSeconds']],
  ])('%s', (_, changes, absent) => {
    const [row] = volumeRows({ ...pg, ...changes });
    expect(row).toMatchObject({ namespace: 'dev', claim: 'pg', status: 'Bound', volume: 'pvc-pg' });
    for (const field of absent) expect(row).not.toHaveProperty(field);
  });
});

test('Without the right to list claims, a volume that no claim has makes no row', () => {
  const released = volume('gone', { status: { phase: 'Released' } });
  expect(volumeRows({ ...pg, claims: problem, volumes: { found: [released] } })).toEqual([]);
});
