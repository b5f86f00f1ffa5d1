import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { expect } from 'vitest';
import type { TestCluster } from '../e2e/test-cluster.ts';
import { until } from '../support/until.ts';
import { directoriesOf, install, killContainer, replacePod, rollingRestart, scale } from './brokers.ts';
import { describeKafka, testWithKafka } from './kafka-test.ts';
import { Topic } from './topic.ts';

const claimsOf = (broker: number): string[] => [`data-0-kafka-${broker}`, `data-1-kafka-${broker}`];
const ofControllers = [0, 1, 2].map((n) => `data-0-controller-${n}`);
const ofBrokers = [0, 1, 2].flatMap(claimsOf);
const ofScaledBrokers = [1, 2].flatMap(claimsOf);
const statefulSet = '/apis/apps/v1/namespaces/default/statefulsets/kafka';
const boundWithinMs = 3_000;

/** Applies the manifests. @returns how long, from kubectl's answer on, the API server did not say that all claims are bound */
async function applyAndBind(cluster: TestCluster): Promise<number> {
  const called = Date.now();
  await cluster.kubectl('apply', '-k', 'test/kafka/overlays/kraft-three');
  const answered = Date.now();
  const allBound = async () => {
    const claims = await cluster.api.list('/api/v1/namespaces/default/persistentvolumeclaims');
    const bound = claims.filter(({ status }) => status.phase === 'Bound').map(({ metadata }) => metadata.name);
    expect(bound.sort()).toEqual([...ofControllers, ...ofBrokers].sort());
    return Date.now();
  };
  const seen = await until('all claims are bound', allBound, { withinMs: 60_000, everyMs: 10 });
  console.log(
    `nine claims bound ${seen - answered} ms after kubectl had applied them, ${seen - called} ms after its call`,
  );
  return seen - answered;
}

/** The names of the volumes that claims are bound to. */
const volumesOf = async (cluster: TestCluster, claims: readonly string[]): Promise<string[]> =>
  (await directoriesOf(cluster, claims)).map((directory) => basename(directory));

const setRetention = (cluster: TestCluster, whenScaled: 'Retain' | 'Delete'): Promise<unknown> =>
  cluster.api.patch(statefulSet, {
    spec: { persistentVolumeClaimRetentionPolicy: { whenScaled, whenDeleted: 'Retain' } },
  });

const test = testWithKafka('4.1.1').extend('kafka', { scope: 'file' }, async ({ cluster }) => {
  const boundAfterMs = await applyAndBind(cluster);
  await install(cluster, 'kraft-three', ['controller', 'kafka']);
  const topic = await Topic.create(cluster, 'messages', { replicas: 3 });
  // So that producing goes on with the one broker that scaling leaves: with the two of the manifests, it would wait.
  const topicOfOne = await Topic.create(cluster, 'acknowledged-by-one', { replicas: 3, minInsyncReplicas: 1 });
  return { boundAfterMs, topic, topicOfOne };
});

describeKafka('manifests/kafka/kraft-three, three controllers and three brokers with two volumes,', () => {
  test(`has its nine claims bound ${boundWithinMs / 1_000} s after it is applied`, ({ kafka }) => {
    expect(kafka.boundAfterMs).toBeLessThan(boundWithinMs);
  });

  test("loses nothing when a broker's pod is deleted", async ({ cluster, kafka, figures }) => {
    await kafka.topic.untilInSync();
    const event = () => replacePod(cluster, 'kafka-1');
    expect(await kafka.topic.outlive("broker's pod deleted", figures, event)).toEqual([]);
  });

  test('loses nothing when a broker is killed', async ({ cluster, kafka, figures }) => {
    await kafka.topic.untilInSync();
    const event = () => killContainer(cluster, 'kafka-2');
    expect(await kafka.topic.outlive('broker killed (`kill -9`)', figures, event)).toEqual([]);
  });

  test.for(['controller', 'kafka'])(
    'loses nothing in a rolling restart of %s',
    async (name, { cluster, kafka, figures }) => {
      await kafka.topic.untilInSync();
      const event = () => rollingRestart(cluster, name);
      expect(await kafka.topic.outlive(`rolling restart of \`${name}\``, figures, event)).toEqual([]);
    },
  );

  test('has the same directories after it was scaled to one broker and back', async ({ cluster, kafka, figures }) => {
    await setRetention(cluster, 'Retain');
    await kafka.topicOfOne.untilInSync();
    const earlier = await directoriesOf(cluster, ofBrokers);
    const event = async () => {
      await scale(cluster, 'kafka', 1);
      await scale(cluster, 'kafka', 3);
    };
    expect(await kafka.topicOfOne.outlive('scaled to 1 broker and back, `Retain`', figures, event)).toEqual([]);
    expect(await directoriesOf(cluster, ofBrokers)).toEqual(earlier);
  });

  test('fills new directories again when the claims go with the brokers', async ({ cluster, kafka, figures }) => {
    await setRetention(cluster, 'Delete');
    for (const topic of [kafka.topic, kafka.topicOfOne]) await topic.untilInSync();
    const kept = await directoriesOf(cluster, claimsOf(0));
    const erased = await directoriesOf(cluster, ofScaledBrokers);
    const event = async () => {
      await scale(cluster, 'kafka', 1);
      await cluster.untilVolumesAre(await volumesOf(cluster, [...ofControllers, ...claimsOf(0)]));
      expect(erased.filter((directory) => existsSync(directory))).toEqual([]);

      await scale(cluster, 'kafka', 3);
      const made = await directoriesOf(cluster, ofScaledBrokers);
      expect(made.filter((directory) => erased.includes(directory))).toEqual([]);
      await kafka.topicOfOne.untilInSync();
    };
    expect(await kafka.topicOfOne.outlive('scaled to 1 broker and back, `Delete`', figures, event)).toEqual([]);
    expect(await directoriesOf(cluster, claimsOf(0))).toEqual(kept);
  });

  test('has every message in those, too', async ({ cluster, kafka, figures }) => {
    for (const topic of [kafka.topic, kafka.topicOfOne]) await topic.untilInSync();
    const event = async () => {
      await setRetention(cluster, 'Retain');
      await cluster.api.patch(statefulSet, { spec: { ordinals: { start: 1 }, replicas: 2 } });
      await cluster.kubectl('wait', '--for=delete', 'pod/kafka-0', '--timeout=120s');
    };
    const scenario = 'then the broker that had kept its volumes taken away';
    expect(await kafka.topicOfOne.outlive(scenario, figures, event)).toEqual([]);
    expect(await kafka.topic.missing()).toEqual([]);
  });
});
