import { expect, test } from 'vitest';
import { problemsIn } from '../../../../src/plugin/output/problems.ts';
import { notAskedFor, type Read } from '../../../../src/plugin/overview.ts';
import { healthy } from '../doctor/overviews.ts';

const missing = { problem: 'the right to get pods/proxy is missing' };

test('What was not asked for is no problem', () => {
  expect(problemsIn(healthy({ pods: { problem: notAskedFor } }))).toEqual([]);
});

test('A part that cannot be read makes one line', () => {
  const problem = 'the right to list pods in namespace dev is missing';
  expect(problemsIn(healthy({ pods: { problem } }))).toEqual([`cannot read pods: ${problem}`]);
});

test('What several nodes share makes one line that names some of them', () => {
  const statuses = new Map<string, Read<never>>(['d', 'c', 'a', 'b', 'e'].map((node) => [node, missing]));
  statuses.set('f', { problem: 'no answer' });
  expect(problemsIn(healthy({ statuses }))).toEqual([
    'cannot read usage of nodes a, b, c and 2 more: the right to get pods/proxy is missing',
    'cannot read usage of node f: no answer',
  ]);
});

test('What a daemon could not read itself is a problem, too', () => {
  const base = { pool: 'default', path: '/mnt', trash: [], kept: [], orphans: [] };
  const baseDirectories = [
    { ...base, problem: 'no such directory' },
    { ...base, useUnknown: 'no answer' },
  ];
  const directories = new Map([
    [
      'a',
      { found: { apiVersion: 'hostpath-provisioner/v1' as const, kind: 'NodeDirectories' as const, baseDirectories } },
    ],
  ]);
  expect(problemsIn(healthy({ directories }))).toEqual([
    'cannot read /mnt of node a: no such directory',
    'cannot tell which directories of node a are in use: no answer',
  ]);
});
