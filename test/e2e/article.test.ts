import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { describeEndToEnd, testOnCluster } from './e2e-test.ts';

const test = testOnCluster({ daemon: 'daemonset.yaml' });

describeEndToEnd('the shipped manifests, with the DaemonSet', () => {
  test("bind the article's claim, whose pod writes into its directory", async ({ cluster }) => {
    await cluster.kubectl('apply', '-f', 'manifests/claim.yaml', '-f', 'manifests/test-pod.yaml');
    await cluster.untilSucceeded('test-pod');
    const claim = await cluster.api.get('/api/v1/namespaces/default/persistentvolumeclaims/hostpath');
    const directory = join(cluster.baseDirectory, `pvc-${claim.metadata.uid}`);
    expect(existsSync(join(directory, 'SUCCESS'))).toBe(true);
    expect(statSync(directory).mode & 0o7777).toBe(0o777);
  });

  test('remove directory and volume with the claim', async ({ cluster }) => {
    await cluster.kubectl('delete', '-f', 'manifests/test-pod.yaml', '--wait');
    await cluster.deleteWithVolume('hostpath');
  });

  test("bind the six claims of the article's Kafka cluster, and remove what they held", async ({ cluster }) => {
    await cluster.kubectl('apply', '-f', 'manifests/kafka/claims.yaml');
    const servers = [0, 1, 2].flatMap((n) => [`zookeeper-storage-zookeeper-${n}`, `kafka-storage-kafka-${n}`]);
    for (const claim of servers) await cluster.selectNode(claim);
    const bound = await Promise.all(servers.map((claim) => cluster.untilBound(claim)));
    expect(new Set(bound.map(({ directory }) => statSync(directory).ino)).size).toBe(servers.length);

    await cluster.kubectl('delete', '-f', 'manifests/kafka/claims.yaml', '--wait');
    await cluster.untilVolumesAre([]);
    expect(readdirSync(cluster.baseDirectory)).toEqual(['.hostpath-provisioner']);
  });

  test('leave a log that can be read, and complaints neither there nor in Events', async ({ cluster }) => {
    const lines = (await cluster.daemonLog()).map((line) => JSON.parse(line));
    const warning = 40; // pino's number for the level
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter(({ level }) => level >= warning)).toEqual([]);

    const events = await cluster.api.list('/api/v1/events?fieldSelector=type=Warning');
    const complaints = events.filter(({ reason }) => ['ProvisioningFailed', 'VolumeFailedDelete'].includes(reason));
    expect(complaints.map(({ message }) => message)).toEqual([]);
  });
});
