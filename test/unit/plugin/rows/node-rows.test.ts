import { describe, expect, test } from 'vitest';
import { nodeRows } from '../../../../src/plugin/rows/node-rows.ts';
import { baseDirectory, daemon, daemonSet, healthy, node, status, volume } from '../doctor/overviews.ts';

const gibibyte = 2 ** 30;
const problem = { problem: 'the right to list them is missing' };
const served = (name: string, pool: string, capacityBytes: number) => ({ volume: name, pool, capacityBytes });

test('A row has what the daemon says of a base directory', () => {
  const trash = { usedBytes: 5, volumes: [] };
  const volumes = [served('pvc-a', 'default', gibibyte), served('pvc-b', 'default', gibibyte)];
  const found = status('node-1', {
    baseDirectories: [baseDirectory({ orphans: 1, trash })],
    keptDirectories: { AnotherCluster: 2, Abandoned: 1 },
    volumes,
  });
  expect(nodeRows(healthy({ statuses: new Map([['node-1', found]]) }))).toEqual([
    {
      node: 'node-1',
      status: 'Ready',
      pool: 'default',
      baseDirectory: '/mnt/disk',
      fileSystem: 'ext4',
      sizeBytes: 100 * gibibyte,
      freeBytes: 50 * gibibyte,
      volumes: 2,
      requestedBytes: 2 * gibibyte,
      trashBytes: 5,
      orphans: 1,
      kept: 3,
      version: '1.0.0',
    },
  ]);
});

test('A node with two base directories has two rows, and its kept directories are counted in the first', () => {
  const bases = ['hdd', 'ssd'].map((pool) => baseDirectory({ pool, path: `/mnt/${pool}` }));
  const volumes = [served('pvc-a', 'ssd', 7)];
  const found = status('node-1', { baseDirectories: bases, keptDirectories: { Abandoned: 1 }, volumes });
  const rows = nodeRows(healthy({ statuses: new Map([['node-1', found]]) }));
  expect(rows.map((row) => [row.pool, row.volumes, row.requestedBytes, row.kept])).toEqual([
    ['hdd', 0, 0, 1],
    ['ssd', 1, 7, undefined],
  ]);
});

const unusable = status('node-1', {
  baseDirectories: [baseDirectory({ usable: false, reason: 'BaseDirectoryMissing' })],
});

describe('The status of a node is', () => {
  test.each([
    ['Ready', {}],
    ['NotReady', { daemons: { found: [daemon('node-1', { ready: false })] } }],
    [
      'NotReady',
      { nodes: { found: [node('node-1', { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } })] } },
    ],
    ['NoDaemon', { daemons: { found: [] }, statuses: new Map() }],
    ['Unknown', { daemons: problem, statuses: new Map() }],
    ['BaseDirectoryMissing', { statuses: new Map([['node-1', unusable]]) }],
  ])('%s', (expected, changes) => {
    expect(nodeRows(healthy(changes)).map((row) => row.status)).toEqual([expected]);
  });
});

test('Without its status, a node shows how many volumes it has, and their sizes', () => {
  const volumes = { found: [volume('a', { spec: { capacity: { storage: '1Gi' } } })] };
  const [row] = nodeRows(healthy({ volumes, statuses: new Map([['node-1', problem]]) }));
  expect(row).toEqual({ node: 'node-1', status: 'Ready', volumes: 1, requestedBytes: gibibyte });
});

test('A node that the DaemonSet leaves out has a row only if it has volumes', () => {
  const selective = daemonSet({ spec: { template: { spec: { nodeSelector: { disk: 'yes' } } } } });
  const nodes = { found: [node('node-1'), node('node-2')] };
  const without = { daemonSets: { found: [selective] }, nodes, daemons: { found: [] }, statuses: new Map() };
  expect(nodeRows(healthy({ ...without, volumes: { found: [] } }))).toEqual([]);
  const rows = nodeRows(healthy({ ...without, volumes: { found: [volume('a', {}, 'node-2')] } }));
  expect(rows).toMatchObject([{ node: 'node-2', status: 'NoDaemon', volumes: 1 }]);
});

test('Without the right to list nodes, those with daemons have rows', () => {
  expect(nodeRows(healthy({ nodes: problem }))).toMatchObject([{ node: 'node-1', status: 'Ready' }]);
});
