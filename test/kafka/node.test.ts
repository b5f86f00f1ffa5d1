import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect } from 'vitest';
import type { TestCluster } from '../e2e/test-cluster.ts';
import { directoriesOf, install, scale, untilPodReady } from './brokers.ts';
import { untilTold } from './events.ts';
import { kafkaImage } from './kafka-image.ts';
import { describeKafka, testWithKafka } from './kafka-test.ts';
import { MachineClient } from './machine-client.ts';
import { Topic } from './topic.ts';

const claims = ['data-0-kafka-0', 'data-1-kafka-0'];

const test = testWithKafka('4.1.1').extend('kafka', { scope: 'file' }, async ({ cluster }, { onCleanup }) => {
  await install(cluster, 'single', ['kafka']);
  const directories = await directoriesOf(cluster, claims);
  const client = new MachineClient(cluster.node, await kafkaImage('4.1.1'));
  onCleanup(() => client.remove());
  return { directories, client, topic: await Topic.create(cluster, 'messages', { replicas: 1, client }) };
});

/** The container of the broker, and how often it was started. */
async function container(cluster: TestCluster) {
  const { status } = await cluster.api.get('/api/v1/namespaces/default/pods/kafka-0');
  const [{ containerID, restartCount, state }] = status.containerStatuses;
  return { containerID, restartCount, running: state.running !== undefined };
}

describeKafka('a node with manifests/kafka/single', () => {
  test('does not stop the broker when kubelet and containerd are restarted', async ({ cluster, kafka, figures }) => {
    const earlier = await container(cluster);
    const { client } = kafka;
    const withoutThem = () => Topic.create(cluster, 'made-meanwhile', { replicas: 1, client });
    const event = () => cluster.node.restartServices(withoutThem);
    expect(await kafka.topic.outlive('kubelet and containerd restarted', figures, event)).toEqual([]);
    await untilPodReady(cluster, 'kafka-0');
    expect(await container(cluster)).toEqual(earlier);
  });

  test('has all messages after a reboot', async ({ cluster, kafka, figures }) => {
    const earlier = await container(cluster);
    const event = () => cluster.node.reboot(async () => {});
    expect(await kafka.topic.outlive('node rebooted', figures, event)).toEqual([]);
    await untilPodReady(cluster, 'kafka-0');
    expect((await container(cluster)).containerID).not.toBe(earlier.containerID);
    expect(await directoriesOf(cluster, claims)).toEqual(kafka.directories);
    await cluster.untilDaemonReady();
  });

  test('starts no empty broker when the reboot wipes /tmp, tells what is lost, and has the documented way out', async ({
    cluster,
    kafka,
    figures,
  }) => {
    const volumes = kafka.directories.map((directory) => basename(directory));
    await cluster.node.reboot(() => rm(cluster.baseDirectory, { recursive: true }));

    const anotherBase = expect.stringMatching(/^AnotherBaseDirectory: /);
    await untilTold(cluster, [
      ...volumes.flatMap((volume, n) => [
        { kind: 'PersistentVolume', name: volume, reason: 'VolumeDirectoryMissing', message: anotherBase },
        {
          kind: 'PersistentVolumeClaim',
          name: claims[n] ?? '',
          reason: 'VolumeDirectoryMissing',
          message: expect.stringMatching(`^volume ${volume}: AnotherBaseDirectory: `),
        },
      ]),
      {
        kind: 'Pod',
        name: 'kafka-0',
        reason: 'FailedMount',
        message: expect.stringContaining('hostPath type check failed'),
      },
    ]);
    expect(kafka.directories.filter((directory) => existsSync(directory))).toEqual([]);
    expect((await container(cluster)).running).toBe(false);
    expect(await cluster.askDaemon('metrics')).toMatchObject({
      body: expect.stringContaining('hostpath_volumes_without_directory{reason="AnotherBaseDirectory"} 2'),
    });
    expect(await cluster.askDaemon('readyz')).toMatchObject({ status: 200 });

    await cluster.kubectl('apply', '-f', 'manifests/claim.yaml');
    await cluster.selectNode('hostpath');
    const { volume: other } = await cluster.untilBound('hostpath'); // new claims are served

    // docs/kafka.md, "A base directory that was wiped"
    await scale(cluster, 'kafka', 0);
    await cluster.kubectl('delete', 'pvc', ...claims);
    await untilTold(
      cluster,
      volumes.map((name) => ({
        kind: 'PersistentVolume',
        name,
        reason: 'VolumeFailedDelete',
        message: anotherBase,
      })),
    );
    for (const name of volumes) {
      await cluster.kubectl('delete', 'pv', name, '--wait=false');
      await cluster.kubectl('patch', 'pv', name, '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    }
    await cluster.untilVolumesAre([other.metadata.name]);
    await scale(cluster, 'kafka', 1);
    const topic = await Topic.create(cluster, 'messages', { replicas: 1, client: kafka.client }); // which the old cluster had
    expect(await topic.outlive('/tmp wiped, claims made again: a new cluster', figures, async () => {})).toEqual([]);
    await cluster.untilDaemonReady();
  });
});
