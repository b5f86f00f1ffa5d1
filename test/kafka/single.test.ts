import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { readManifests } from '../support/manifests.ts';
import { clusterIdIn, directoriesOf, install, killContainer, replacePod, scale, untilBrokerSays } from './brokers.ts';
import { describeKafka, testWithKafka } from './kafka-test.ts';
import { Topic } from './topic.ts';

const claims = ['data-0-kafka-0', 'data-1-kafka-0'];
const [shippedClusterId] = readManifests('manifests/kafka/single/kafka.yaml')[0]
  .spec.template.spec.containers[0].env.filter(({ name }: Json) => name === 'CLUSTER_ID')
  .map(({ value }: Json) => value);
const otherClusterId = 'Xk0aGx5nQ2SLVd1cU3hRzA';

const clusterIds = (directories: string[]): string[] =>
  directories.map((directory) => clusterIdIn(join(directory, 'kafka-log0')));

const test = testWithKafka('4.1.1').extend('kafka', { scope: 'file' }, async ({ cluster }) => {
  await install(cluster, 'single', ['kafka']);
  const directories = await directoriesOf(cluster, claims);
  return { directories, topic: await Topic.create(cluster, 'messages', { replicas: 1 }) };
});

describeKafka('manifests/kafka/single, a Kafka of one node with two volumes,', () => {
  test('runs as uid 1001, and writes messages into both of its volumes', async ({ kafka, figures }) => {
    expect(await kafka.topic.outlive('nothing', figures, async () => {})).toEqual([]);
    expect(clusterIds(kafka.directories)).toEqual([shippedClusterId, shippedClusterId]);
    for (const directory of kafka.directories) {
      const log = join(directory, 'kafka-log0');
      expect(statSync(log)).toMatchObject({ uid: 1001, gid: 0 });
      expect(readdirSync(log).filter((name) => /^messages-\d$/.test(name))).toHaveLength(1);
    }
  });

  test('loses nothing when its pod is deleted', async ({ cluster, kafka, figures }) => {
    const event = () => replacePod(cluster, 'kafka-0');
    expect(await kafka.topic.outlive('pod deleted', figures, event)).toEqual([]);
  });

  test('loses nothing when the broker is killed', async ({ cluster, kafka, figures }) => {
    const event = () => killContainer(cluster, 'kafka-0');
    expect(await kafka.topic.outlive('broker killed (`kill -9`)', figures, event)).toEqual([]);
  });

  test('loses nothing when daemon and pod go at once', async ({ cluster, kafka, figures }) => {
    const earlier = await cluster.daemonRestarts();
    const event = async () => {
      cluster.killDaemon();
      await replacePod(cluster, 'kafka-0');
    };
    expect(await kafka.topic.outlive('daemon killed, pod deleted', figures, event)).toEqual([]);
    await cluster.untilDaemonReady();
    await cluster.untilDaemonRestarts(earlier + 1);
  });

  test('loses nothing when it is scaled to none and back', async ({ cluster, kafka, figures }) => {
    const event = async () => {
      await scale(cluster, 'kafka', 0);
      expect(await directoriesOf(cluster, claims)).toEqual(kafka.directories);
      await scale(cluster, 'kafka', 1);
    };
    expect(await kafka.topic.outlive('scaled to 0 and back', figures, event)).toEqual([]);
  });

  test('refuses another cluster id as long as its claims live', async ({ cluster }) => {
    await cluster.kubectl('set', 'env', 'statefulset/kafka', `CLUSTER_ID=${otherClusterId}`);
    await untilBrokerSays(cluster, `Expected ${otherClusterId}, but read ${shippedClusterId}`);
  });

  test('is a new cluster, with nothing of the old one, when its claims are deleted and made again', async ({
    cluster,
    kafka: earlier,
    figures,
  }) => {
    await scale(cluster, 'kafka', 0);
    await cluster.kubectl('delete', 'persistentvolumeclaims', ...claims, '--wait');
    await cluster.untilVolumesAre([]);
    expect(earlier.directories.filter((directory) => existsSync(directory))).toEqual([]);

    await scale(cluster, 'kafka', 1);
    const directories = await directoriesOf(cluster, claims);
    expect(directories.filter((directory) => earlier.directories.includes(directory))).toEqual([]);
    expect(clusterIds(directories)).toEqual([otherClusterId, otherClusterId]);
    const topic = await Topic.create(cluster, 'messages', { replicas: 1 }); // which the old cluster had
    expect(await topic.outlive('claims made again: a new cluster', figures, async () => {})).toEqual([]);
  });
});
