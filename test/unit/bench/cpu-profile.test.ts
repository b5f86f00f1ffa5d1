import { expect, test } from 'vitest';
import { selfTimeByPart } from '../../../bench/profile/cpu-profile.ts';

const frames: [functionName: string, url: string][] = [
  ['dispatch', 'file:///a/src/b/node_modules/undici/lib/agent.js'],
  ['load', 'file:///a/node_modules/@kubernetes/client-node/dist/config.js'],
  ['call', 'file:///a/src/kube/call.ts'],
  ['', 'file:///a/src/kube/list.ts'],
  ['read', 'node:fs'],
  ['(idle)', ''],
  ['parse', ''],
  ['(anonymous)', 'file:///a/src/queue/work-queue.ts'],
];

test('time is given to the part that ran, for each sample the time since the one before', () => {
  const nodes = frames.map(([functionName, url], index) => ({ id: index + 1, callFrame: { functionName, url } }));
  const samples = [1, 2, 3, 4, 5, 6, 7, 8, 1];
  const timeDeltas = [1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 500];
  expect(Object.fromEntries(selfTimeByPart({ nodes, samples, timeDeltas }))).toEqual({
    undici: 1.5,
    '@kubernetes/client-node': 2,
    'src/kube': 7,
    Node: 5,
    '(idle)': 6,
    'built in to V8': 7,
    'src/queue': 8,
  });
});
