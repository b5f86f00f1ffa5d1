import { describe, expect, test } from 'vitest';
import type { Overview } from '../../../../src/plugin/overview.ts';
import { notAskedFor } from '../../../../src/plugin/overview.ts';
import { contentOf } from '../../../../src/plugin/page/content.ts';
import { buildOverview, type SampleNode } from '../../../support/build-overview.ts';

const node: SampleNode = { name: 'node-1', sizeGib: 100, freeGib: 50 };
const volume = { namespace: 'kafka', claim: 'data-0', node: 'node-1', requestedGib: 10, usedGib: 3 };
const forbidden = { problem: 'forbidden' };

const problemsWith = (parts: Partial<Overview>) => contentOf(buildOverview([node], [volume], parts), []).problems;

test('everything that could be read has its rows, and no problem', () => {
  const { nodes, volumes, problems } = contentOf(buildOverview([node], [volume]), []);
  expect(nodes).toMatchObject([{ node: 'node-1', status: 'Ready', volumes: 1 }]);
  expect(volumes).toMatchObject([{ claim: 'data-0', usedPercent: 30 }]);
  expect(problems).toEqual({ nodes: [], volumes: [], trash: [] });
});

describe('what could not be read', () => {
  test.each<[string, Partial<Overview>, Partial<ReturnType<typeof problemsWith>>]>([
    ['claims', { claims: forbidden }, { volumes: ['cannot read claims: forbidden'] }],
    ['volumes', { volumes: forbidden }, { volumes: ['cannot read volumes: forbidden'] }],
    ['pods', { pods: forbidden }, { volumes: ['cannot read pods: forbidden'] }],
    ['nodes', { nodes: forbidden }, { nodes: ['cannot read nodes: forbidden'] }],
    ['the DaemonSet', { daemonSets: forbidden }, { nodes: ['cannot read the DaemonSet: forbidden'] }],
    [
      'daemons',
      { daemons: forbidden },
      { nodes: ['cannot read the daemons: forbidden'], trash: ['cannot read the daemons: forbidden'] },
    ],
    [
      'the status of a node',
      { statuses: new Map([['node-1', forbidden]]) },
      { nodes: ['cannot read usage of node node-1: forbidden'] },
    ],
    [
      'the trash of a node',
      { directories: new Map([['node-1', forbidden]]) },
      { trash: ['cannot read directories of node node-1: forbidden'] },
    ],
  ])('%s: the section that lacks it says so', (_, parts, problems) => {
    expect(problemsWith(parts)).toEqual({ nodes: [], volumes: [], trash: [], ...problems });
  });

  test('on many nodes for the same cause is one statement', () => {
    const statuses = new Map(['e', 'b', 'd', 'a', 'c'].map((name) => [name, forbidden]));
    expect(problemsWith({ statuses }).nodes).toEqual(['cannot read usage of nodes a, b, c and 2 more: forbidden']);
  });

  test('on nodes for different causes is a statement for each cause', () => {
    const statuses = new Map([
      ['a', forbidden],
      ['b', { problem: 'no answer' }],
    ]);
    expect(problemsWith({ statuses }).nodes).toHaveLength(2);
  });

  test('of one base directory names it', () => {
    const bases = [{ pool: 'ssd', path: '/mnt/ssd', problem: 'not mounted', trash: [], kept: [], orphans: [] }];
    const directories: Overview['directories'] = new Map([
      ['node-1', { found: { apiVersion: 'hostpath-provisioner/v1', kind: 'NodeDirectories', baseDirectories: bases } }],
    ]);
    expect(problemsWith({ directories }).trash).toEqual(['cannot read /mnt/ssd of node node-1: not mounted']);
  });

  test('and was not asked for is no problem', () => {
    expect(problemsWith({ pods: { problem: notAskedFor } }).volumes).toEqual([]);
  });
});
