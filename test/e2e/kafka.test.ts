import { expect } from 'vitest';
import { install, replacePod, uninstall } from '../kafka/brokers.ts';
import { describeKafka, testWithKafka } from '../kafka/kafka-test.ts';
import { Topic } from '../kafka/topic.ts';

const test = testWithKafka('4.1.1', '3.9.1');

// The first test waits for the images as well; test/kafka/ has the other events, and clusters of three.
describeKafka('no acknowledged message is lost when the pod of a broker is deleted,', { timeout: 600_000 }, () => {
  test.for([
    { kafka: 'Kafka 4.1.1 in KRaft mode', overlay: 'single', statefulSets: ['kafka'] },
    { kafka: 'Kafka 3.9.1 with ZooKeeper', overlay: 'zookeeper-one', statefulSets: ['zookeeper', 'kafka'] },
  ])('$kafka', async ({ kafka, overlay, statefulSets }, { cluster, figures }) => {
    await install(cluster, overlay, statefulSets);
    const topic = await Topic.create(cluster, 'messages', { replicas: 1 });
    const event = () => replacePod(cluster, 'kafka-0');
    expect(await topic.outlive(`${kafka}: pod deleted`, figures, event)).toEqual([]);
    await uninstall(cluster, overlay);
  });
});
