import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { TestCluster } from '../e2e/test-cluster.ts';
import { clusterIdIn, directoriesOf, install, killContainer, replacePod, scale, untilBrokerSays } from './brokers.ts';
import { describeKafka, testWithKafka } from './kafka-test.ts';
import { Topic } from './topic.ts';

const claims = ['zookeeper-storage-zookeeper-0', 'kafka-storage-kafka-0'];

const clusterId = async (cluster: TestCluster): Promise<string> => {
  const { directory } = await cluster.untilBound('kafka-storage-kafka-0');
  return clusterIdIn(join(directory, 'kafka-log0'));
};

const test = testWithKafka('3.9.1').extend('kafka', { scope: 'file' }, async ({ cluster }) => {
  await install(cluster, 'zookeeper-one', ['zookeeper', 'kafka']);
  const directories = await directoriesOf(cluster, claims);
  return {
    directories,
    clusterId: await clusterId(cluster),
    topic: await Topic.create(cluster, 'messages', { replicas: 1 }),
  };
});

describeKafka('manifests/kafka/zookeeper, scaled to one server and one broker,', () => {
  test('loses nothing when the pod of the broker is deleted', async ({ cluster, kafka, figures }) => {
    const event = () => replacePod(cluster, 'kafka-0');
    expect(await kafka.topic.outlive("broker's pod deleted", figures, event)).toEqual([]);
  });

  test('loses nothing when the pod of ZooKeeper is deleted', async ({ cluster, kafka, figures }) => {
    const event = () => replacePod(cluster, 'zookeeper-0');
    expect(await kafka.topic.outlive("ZooKeeper's pod deleted", figures, event)).toEqual([]);
  });

  test('loses nothing when broker and ZooKeeper are killed', async ({ cluster, kafka, figures }) => {
    const event = () => Promise.all([killContainer(cluster, 'zookeeper-0'), killContainer(cluster, 'kafka-0')]);
    expect(await kafka.topic.outlive('broker and ZooKeeper killed (`kill -9`)', figures, event)).toEqual([]);
  });

  test("refuses to be another ZooKeeper's, when only the claims of ZooKeeper are deleted and made again", async ({
    cluster,
    kafka,
  }) => {
    expect(await kafka.topic.missing()).toEqual([]);
    for (const name of ['kafka', 'zookeeper']) await scale(cluster, name, 0);
    await cluster.deleteWithVolume('zookeeper-storage-zookeeper-0');
    await scale(cluster, 'zookeeper', 1);
    await cluster.kubectl('scale', 'statefulset/kafka', '--replicas=1');
    await untilBrokerSays(cluster, 'Invalid cluster.id');
  });

  test('is a new cluster, with nothing of the old one, when all claims are deleted and made again', async ({
    cluster,
    kafka: earlier,
    figures,
  }) => {
    for (const name of ['kafka', 'zookeeper']) await scale(cluster, name, 0);
    await cluster.kubectl('delete', 'persistentvolumeclaims', ...claims, '--wait');
    await cluster.untilVolumesAre([]);
    expect(earlier.directories.filter((directory) => existsSync(directory))).toEqual([]);

    for (const name of ['zookeeper', 'kafka']) await scale(cluster, name, 1);
    expect(await clusterId(cluster)).not.toBe(earlier.clusterId);
    const topic = await Topic.create(cluster, 'messages', { replicas: 1 }); // which the old cluster had
    expect(await topic.outlive('claims made again: a new cluster', figures, async () => {})).toEqual([]);
  });
});
