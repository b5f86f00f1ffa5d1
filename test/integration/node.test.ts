import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Cluster } from '../support/cluster.ts';
import type { DaemonProcess } from '../support/daemon-process.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';

/** A daemon for a node that the cluster does not have, with a claim that any daemon may serve. */
async function waitingDaemon(cluster: Cluster, nodeName: string): Promise<DaemonProcess> {
  const daemon = await cluster.startDaemon({ nodeName, waitUntilReady: false });
  await cluster.createClaim('data');
  await until('the claim is told why it waits', async () => {
    const told = await cluster.eventsOf('data');
    return told.some((event) => event.startsWith(`Warning ProvisioningFailed: NodeNotRegistered: node "${nodeName}"`));
  });
  return daemon;
}

describe('a node name that the cluster does not have', () => {
  test('is told, with the command to look it up, and nothing is labelled or made; the right name then gets all', async ({
    cluster,
  }) => {
    const nodeName = `${cluster.nodeName}-mistyped`;
    const daemon = await waitingDaemon(cluster, nodeName);
    const { status, text } = await daemon.get('/readyz');
    expect([status, text]).toEqual([
      503,
      expect.stringMatching(
        /^not ready\nnode: NodeNotRegistered: node ".*" is not in the cluster: .*kubectl get nodes/,
      ),
    ]);
    expect((await daemon.get('/metrics')).text).toContain(
      '\nhostpath_base_directory_usable{pool="default",reason="NodeNotRegistered"} 0\n',
    );
    expect(daemon.log.filter(({ msg }) => msg === 'node is not in the cluster: nothing is made')).toMatchObject([
      { reason: 'NodeNotRegistered', message: expect.stringContaining(nodeName) },
    ]);
    expect(await readdir(cluster.base)).toEqual([]);

    await daemon.kill();
    await cluster.startDaemon();
    await cluster.untilBound('data');
  });

  test('is waited for: once the node registers, the daemon goes on', async ({ cluster }) => {
    const nodeName = `${cluster.nodeName}-late`;
    const daemon = await waitingDaemon(cluster, nodeName);
    await cluster.createNode(nodeName);
    const { volume } = await cluster.untilBound('data');
    expect(volume.metadata.labels).toEqual({ 'hostpath-provisioner/node': nodeName });
    await daemon.untilReady();
    const label = await readFile(join(cluster.base, '.hostpath-provisioner/base.json'), 'utf8');
    expect(JSON.parse(label)).toMatchObject({ node: nodeName });
  });
});
