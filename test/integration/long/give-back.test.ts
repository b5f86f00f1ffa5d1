import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Json } from '../../support/api.ts';
import { uniqueName } from '../../support/build.ts';
import type { Cluster } from '../../support/cluster.ts';
import { test } from '../../support/integration.ts';
import { until } from '../../support/until.ts';

const selectedNode = 'volume.kubernetes.io/selected-node';
const selectionOf = async (cluster: Cluster, claim: string): Promise<string | undefined> =>
  (await cluster.readClaim(claim)).metadata.annotations?.[selectedNode];

const untilGivenBack = (cluster: Cluster, claim: string, reason: string, options = {}): Promise<true> =>
  until(
    `claim ${claim} is given back, with an Event`,
    async () => {
      const events = await cluster.eventsOf(claim);
      const told = events.some((event) => event.startsWith(`Warning NodeGivenBack: ${reason}`));
      if (!told || (await selectionOf(cluster, claim)) !== undefined) throw new Error(JSON.stringify(events));
      return true as const;
    },
    options,
  );

async function createWaitingClass(cluster: Cluster, changes: Json = {}): Promise<string> {
  const name = uniqueName('waits');
  await cluster.createClass(name, { volumeBindingMode: 'WaitForFirstConsumer', ...changes });
  return name;
}

/** As the scheduler does for the first pod of a claim. */
const select = (cluster: Cluster, claim: string, node: string): Promise<Json> =>
  cluster.api.patch(`${cluster.claimsPath}/${claim}`, { metadata: { annotations: { [selectedNode]: node } } });

describe('the node that the scheduler selected for a claim', () => {
  test('is taken off when its class excludes the node, and the claim is served once it may be', async ({ cluster }) => {
    await cluster.createNode(uniqueName('node'));
    const storageClassName = await createWaitingClass(cluster, {
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a'] }] }],
    });
    await cluster.startDaemon();
    await cluster.createClaim('data', { spec: { storageClassName } });
    await select(cluster, 'data', cluster.nodeName);
    await untilGivenBack(cluster, 'data', 'NodeNotAllowed');
    expect(await cluster.directories()).toEqual([]);
    await cluster.api.patch(`/api/v1/nodes/${cluster.nodeName}`, { metadata: { labels: { zone: 'a' } } });
    await select(cluster, 'data', cluster.nodeName);
    await cluster.untilBound('data');
  });

  test('is taken off when the node does not exist; a class that binds at once ignores it', async ({ cluster }) => {
    const storageClassName = await createWaitingClass(cluster);
    const annotations = { [selectedNode]: uniqueName('gone') };
    await cluster.startDaemon();
    await cluster.createClaim('data', { metadata: { annotations }, spec: { storageClassName } });
    await cluster.createClaim('at-once', { metadata: { annotations } });
    await untilGivenBack(cluster, 'data', 'SelectedNodeGone', { withinMs: 70_000 });
    await cluster.untilBound('at-once');
    await select(cluster, 'data', cluster.nodeName);
    await cluster.untilBound('data');
  });

  test.skipIf(process.getuid?.() !== 0)(
    'is taken off when the disk is full (needs root for the mount)',
    async ({ cluster }) => {
      const run = (...command: string[]) => {
        const { status, stderr } = spawnSync(command[0] ?? '', command.slice(1), { encoding: 'utf8' });
        expect(`${status} ${stderr}`).toBe('0 ');
      };
      await cluster.createNode(uniqueName('node'));
      const storageClassName = await createWaitingClass(cluster);
      run('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', cluster.base);
      try {
        await cluster.startDaemon();
        await cluster.createClaim('first');
        await cluster.untilBound('first');
        await writeFile(join(cluster.base, 'filler'), Buffer.alloc(1_000_000)).catch(() => undefined);
        await cluster.createClaim('data', { spec: { storageClassName } });
        await select(cluster, 'data', cluster.nodeName);
        await untilGivenBack(cluster, 'data', 'NoSpace');
        expect(await cluster.journal('volumes')).toHaveLength(1);
      } finally {
        await cluster.removeDaemons();
        run('umount', cluster.base);
      }
    },
  );
});
