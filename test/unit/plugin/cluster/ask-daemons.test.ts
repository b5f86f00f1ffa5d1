import { expect, test } from 'vitest';
import type { CommandEnd } from '../../../../src/kube/calls/exec.ts';
import type { NodeDirectories } from '../../../../src/model/node-directories.ts';
import { readDirectories } from '../../../../src/plugin/cluster/ask-daemons.ts';
import type { Sources } from '../../../../src/plugin/cluster/sources.ts';

const daemon = { namespace: 'hostpath-provisioner-system', pod: 'daemon', node: 'node-1', ready: true, image: 'x' };

/** What comes of a command that ends like this. */
async function directoriesAfter(end: Partial<CommandEnd>) {
  const sources = { run: async () => ({ exitCode: 0, stdout: '', stderr: '', ...end }) } as Partial<Sources> as Sources;
  return (await readDirectories(sources, [daemon], new Map())).get('node-1');
}

test('A base directory that cannot be read does not hide the others of its node', async () => {
  const empty = { trash: [], kept: [], orphans: [] };
  const document: NodeDirectories = {
    apiVersion: 'hostpath-provisioner/v1',
    kind: 'NodeDirectories',
    baseDirectories: [
      { pool: 'ssd', path: '/mnt/ssd', problem: 'not mounted', ...empty },
      { pool: 'hdd', path: '/mnt/hdd', ...empty, orphans: ['lost'] },
    ],
  };
  const end = { exitCode: 1, stdout: JSON.stringify(document), stderr: 'hostpath-provisioner: not mounted' };
  expect(await directoriesAfter(end)).toEqual({ found: document });
});

test.each<[string, Partial<CommandEnd>, string]>([
  [
    'fails without a document',
    { exitCode: 2, stderr: 'hostpath-provisioner: no such option\nmore' },
    '"hostpath-provisioner trash --output json" failed on node node-1: hostpath-provisioner: no such option',
  ],
  ['is killed without a word', { exitCode: 137 }, '"hostpath-provisioner trash --output json" failed on node node-1: '],
  ['prints something else', { stdout: 'VOLUME   CLAIM' }, 'the daemon of node node-1 answers in another version than'],
])('A command that %s is a problem of its node', async (_, end, problem) => {
  expect(await directoriesAfter(end)).toEqual({ problem: expect.stringContaining(problem) });
});
