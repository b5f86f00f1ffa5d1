import { expect } from 'vitest';
import { directoriesOf, install, replacePod, scale } from './brokers.ts';
import { describeKafka, testWithKafka } from './kafka-test.ts';
import { Topic } from './topic.ts';

const sources = ['data-0-kafka-0', 'data-1-kafka-0'];
const copies = ['data-0-kafka-copy-0', 'data-1-kafka-copy-0'];

const test = testWithKafka('4.1.1').extend('topic', { scope: 'file' }, async ({ cluster, figures }) => {
  await install(cluster, 'single', ['kafka']);
  const topic = await Topic.create(cluster, 'messages', { replicas: 1 });
  expect(await topic.outlive('nothing', figures, async () => {})).toEqual([]);
  await scale(cluster, 'kafka', 0);
  return topic;
});

describeKafka('claims whose source are those of a broker that was stopped', () => {
  test('give a second broker all messages of the first one', async ({ cluster, topic, figures }) => {
    await install(cluster, 'clone', ['kafka-copy']);
    expect(await topic.missing()).toEqual([]);
    expect(await topic.outlive('volumes cloned into a second broker', figures, async () => {})).toEqual([]);
  });

  test('do not need them any more', async ({ cluster, topic }) => {
    const directories = await directoriesOf(cluster, copies);
    for (const claim of sources) await cluster.deleteWithVolume(claim);
    await replacePod(cluster, 'kafka-copy-0');
    expect(await topic.missing()).toEqual([]);
    expect(await directoriesOf(cluster, copies)).toEqual(directories);
  });
});
