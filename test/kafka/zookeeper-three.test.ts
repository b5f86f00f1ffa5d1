import { expect } from 'vitest';
import { readManifests } from '../support/manifests.ts';
import { install, killContainer, replacePod, rollingRestart } from './brokers.ts';
import { describeKafka, testWithKafka } from './kafka-test.ts';
import { Topic } from './topic.ts';

const test = testWithKafka('3.9.1').extend('topic', { scope: 'file' }, async ({ cluster }) => {
  await install(cluster, 'zookeeper-three', ['zookeeper', 'kafka']);
  return Topic.create(cluster, 'messages', { replicas: 3 });
});

describeKafka("manifests/kafka/zookeeper, the article's cluster of three and three,", () => {
  test('runs on volumes of the six claims that manifests/kafka/claims.yaml names', async ({
    cluster,
    topic,
    figures,
  }) => {
    expect(await topic.outlive('nothing', figures, async () => {})).toEqual([]);
    const shipped = readManifests('manifests/kafka/claims.yaml').map(({ metadata }) => metadata.name);
    const claims = await cluster.api.list('/api/v1/namespaces/default/persistentvolumeclaims');
    expect(claims.map(({ metadata }) => metadata.name).sort()).toEqual(shipped.sort());
    expect(claims.map(({ status }) => status.phase)).toEqual(shipped.map(() => 'Bound'));
  });

  test("loses nothing when one server's pod and one broker go at once", async ({ cluster, topic, figures }) => {
    await topic.untilInSync();
    const event = () => Promise.all([replacePod(cluster, 'zookeeper-1'), killContainer(cluster, 'kafka-1')]);
    expect(await topic.outlive("one ZooKeeper's pod deleted, one broker killed", figures, event)).toEqual([]);
  });

  test.for(['zookeeper', 'kafka'])(
    'loses nothing in a rolling restart of %s',
    async (name, { cluster, topic, figures }) => {
      await topic.untilInSync();
      const event = () => rollingRestart(cluster, name);
      expect(await topic.outlive(`rolling restart of \`${name}\``, figures, event)).toEqual([]);
    },
  );
});
