import { expect, test } from 'vitest';
import type { BaseDirectoryContent, NodeDirectories } from '../../../../src/model/node-directories.ts';
import { documentVersion } from '../../../../src/model/node-status.ts';
import type { Read } from '../../../../src/plugin/overview.ts';
import { orphanRows } from '../../../../src/plugin/rows/orphan-rows.ts';
import { trashRows } from '../../../../src/plugin/rows/trash-rows.ts';
import { baseDirectory, healthy, status } from '../doctor/overviews.ts';

const claim = { namespace: 'kafka', name: 'data-0' };

const holding = (content: Partial<BaseDirectoryContent>): Read<NodeDirectories> => {
  const nothing = { pool: 'default', path: '/mnt/disk', trash: [], kept: [], orphans: [] };
  const baseDirectories = [{ ...nothing, ...content }];
  return { found: { apiVersion: documentVersion, kind: 'NodeDirectories', baseDirectories } };
};

test('A row of the trash has its size from the status of the node; the latest deletion comes first', () => {
  const trash = [
    { volume: 'pvc-old', claim, class: 'fast', removedAt: '2026-11-28T00:00:00Z', keptUntil: '2026-11-30T00:00:00Z' },
    { volume: 'pvc-new', claim, class: 'fast', removedAt: '2026-11-29T00:00:00Z' },
    { volume: 'pvc-damaged', problem: 'its record cannot be read' },
  ];
  const sizes = { usedBytes: 7, volumes: [{ volume: 'pvc-old', usedBytes: 7 }, { volume: 'pvc-new' }] };
  const statuses = new Map([['node-1', status('node-1', { baseDirectories: [baseDirectory({ trash: sizes })] })]]);
  const directories = new Map([
    ['node-1', holding({ trash })],
    ['node-2', { problem: 'the right to get and create pods/exec is missing' }],
  ]);
  expect(trashRows(healthy({ directories, statuses }))).toEqual([
    {
      node: 'node-1',
      volume: 'pvc-new',
      pool: 'default',
      namespace: 'kafka',
      claim: 'data-0',
      class: 'fast',
      removedAt: '2026-11-29T00:00:00Z',
    },
    {
      node: 'node-1',
      volume: 'pvc-old',
      pool: 'default',
      namespace: 'kafka',
      claim: 'data-0',
      class: 'fast',
      usedBytes: 7,
      removedAt: '2026-11-28T00:00:00Z',
      keptUntil: '2026-11-30T00:00:00Z',
    },
    { node: 'node-1', volume: 'pvc-damaged', pool: 'default', problem: 'its record cannot be read' },
  ]);
});

test('Without the right to read directories, a row of the trash has what the status of the node tells', () => {
  const trash = { volumes: [{ volume: 'pvc-a', usedBytes: 7 }] };
  const statuses = new Map([['node-1', status('node-1', { baseDirectories: [baseDirectory({ trash })] })]]);
  const directories = new Map([['node-1', { problem: 'the right to get and create pods/exec is missing' }]]);
  const row = { node: 'node-1', volume: 'pvc-a', pool: 'default', usedBytes: 7 };
  expect(trashRows(healthy({ directories, statuses }))).toEqual([row]);
  expect(trashRows(healthy({ directories: new Map(), statuses }))).toEqual([row]);
});

test('Orphans and directories of other clusters make rows; what may be in use makes none', () => {
  const kept = [
    { volume: 'pvc-foreign', claim, cluster: 'other', reason: 'AnotherCluster' as const },
    { volume: 'pvc-damaged', problem: 'its record cannot be read' },
    { volume: 'pvc-perhaps-in-use', claim },
  ];
  const directories = new Map([['node-1', holding({ kept, orphans: ['lost'] })]]);
  expect(orphanRows(healthy({ directories }))).toEqual([
    { node: 'node-1', pool: 'default', directory: 'lost', path: '/mnt/disk/lost', reason: 'NoRecord' },
    {
      node: 'node-1',
      pool: 'default',
      directory: 'pvc-damaged',
      path: '/mnt/disk/pvc-damaged',
      reason: 'RecordUnreadable',
    },
    {
      node: 'node-1',
      pool: 'default',
      directory: 'pvc-foreign',
      path: '/mnt/disk/pvc-foreign',
      reason: 'AnotherCluster',
      namespace: 'kafka',
      claim: 'data-0',
      cluster: 'other',
    },
  ]);
});
