import { expect } from 'vitest';
import type { TestCluster } from '../e2e/test-cluster.ts';
import { directoriesOf, install } from './brokers.ts';
import { allEvents } from './events.ts';
import { describeKafka, testWithKafka } from './kafka-test.ts';
import { Topic } from './topic.ts';

const brokers = [0, 1, 2];
const claims = brokers.flatMap((n) => [`data-0-kafka-${n}`, `data-1-kafka-${n}`]);
const grownWithinMs = 10_000;

const test = testWithKafka('4.1.1').extend('kafka', { scope: 'file' }, async ({ cluster }) => {
  await install(cluster, 'kraft-three', ['controller', 'kafka']);
  const directories = await directoriesOf(cluster, claims);
  const topic = await Topic.create(cluster, 'messages', { replicas: 3 });
  await topic.untilInSync();
  return { directories, topic };
});

/** The containers of the brokers; a restart makes another one. */
const containers = async ({ api }: TestCluster): Promise<string[]> => {
  const pods = await api.list('/api/v1/namespaces/default/pods?labelSelector=app=kafka');
  return pods.map(({ status }) => status.containerStatuses[0].containerID).sort();
};

describeKafka('manifests/kafka/kraft-three', () => {
  test('loses nothing, and no broker restarts, when the claims of all brokers grow one after another', async ({
    cluster,
    kafka,
    figures,
  }) => {
    const earlier = await containers(cluster);
    const timesMs: number[] = [];
    const event = async () => {
      for (const claim of claims) {
        const startedAt = performance.now();
        await cluster.grow(claim, '2Gi');
        timesMs.push(performance.now() - startedAt);
      }
    };
    expect(await kafka.topic.outlive('all claims of the brokers grown', figures, event)).toEqual([]);
    console.log(`grown within ${Math.round(Math.max(...timesMs))} ms each`);
    expect(Math.max(...timesMs)).toBeLessThan(grownWithinMs);
    expect(await containers(cluster)).toEqual(earlier);
    expect(await directoriesOf(cluster, claims)).toEqual(kafka.directories);
    const told = (await allEvents(cluster)).filter(({ reason }) => reason === 'VolumeResizeSuccessful');
    expect(told.map(({ name }) => name).sort()).toEqual([...claims].sort());
  });
});
