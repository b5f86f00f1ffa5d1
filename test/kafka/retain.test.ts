import { basename } from 'node:path';
import { expect } from 'vitest';
import type { TestCluster } from '../e2e/test-cluster.ts';
import { until } from '../support/until.ts';
import { directoriesOf, install, replacePod, scale } from './brokers.ts';
import { describeKafka, testWithKafka } from './kafka-test.ts';
import { Topic } from './topic.ts';

const claims = ['data-0-kafka-0', 'data-1-kafka-0'];

const test = testWithKafka('4.1.1').extend('kafka', { scope: 'file' }, async ({ cluster }) => {
  await install(cluster, 'single-retained', ['kafka']);
  const directories = await directoriesOf(cluster, claims);
  return { directories, topic: await Topic.create(cluster, 'messages', { replicas: 1 }) };
});

async function untilReleased(cluster: TestCluster, volumes: readonly string[]): Promise<void> {
  const check = async () => {
    const phases = await cluster.kubectl('get', 'pv', ...volumes, '--output=jsonpath={.items[*].status.phase}');
    if (phases !== volumes.map(() => 'Released').join(' ')) throw new Error(phases);
    return true;
  };
  await until('the volumes are Released', check, { withinMs: 60_000, everyMs: 200 });
}

/** docs/kafka.md, "Claims that were deleted, of a class that retains". */
async function bindAgain(cluster: TestCluster, volumes: readonly string[]): Promise<void> {
  await scale(cluster, 'kafka', 0);
  await cluster.kubectl('delete', 'pvc', ...claims, '--ignore-not-found');
  await untilReleased(cluster, volumes);
  for (const name of volumes) {
    const letGo = '{"spec":{"claimRef":{"uid":null,"resourceVersion":null}}}';
    await cluster.kubectl('patch', 'pv', name, '--type=merge', '-p', letGo);
  }
  await scale(cluster, 'kafka', 1);
}

describeKafka('manifests/kafka/single with a class that retains, when its claims were deleted,', () => {
  test('has its messages again once its volumes are bound to claims made again', async ({
    cluster,
    kafka,
    figures,
  }) => {
    const volumes = kafka.directories.map((directory) => basename(directory));
    const event = async () => {
      await scale(cluster, 'kafka', 0);
      await cluster.kubectl('delete', 'pvc', ...claims);
      await bindAgain(cluster, volumes);
    };
    const scenario = 'claims deleted, class with policy Retain: volumes bound again';
    expect(await kafka.topic.outlive(scenario, figures, event)).toEqual([]);
    expect(await directoriesOf(cluster, claims)).toEqual(kafka.directories);
  });

  test('has them also when it has begun anew on empty volumes meanwhile', async ({ cluster, kafka, figures }) => {
    const volumes = kafka.directories.map((directory) => basename(directory));
    await cluster.kubectl('delete', 'pvc', ...claims, '--wait=false'); // they wait for the pod that uses them
    await replacePod(cluster, 'kafka-0');
    const empty = await directoriesOf(cluster, claims);
    expect(empty.filter((directory) => kafka.directories.includes(directory))).toEqual([]);
    await Topic.create(cluster, 'messages', { replicas: 1 }); // which is therefore not there

    await bindAgain(cluster, volumes);
    expect(await directoriesOf(cluster, claims)).toEqual(kafka.directories);
    expect(await kafka.topic.missing()).toEqual([]);
    expect(await kafka.topic.outlive('nothing, afterwards', figures, async () => {})).toEqual([]);
  });
});
