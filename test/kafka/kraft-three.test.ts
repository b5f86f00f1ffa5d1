import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { expect } from 'vitest';
import type { TestCluster } from '../e2e/test-cluster.ts';
import { directoriesOf, install, killContainer, replacePod, rollingRestart, scale } from './brokers.ts';
import { describeKafka, testWithKafka } from './kafka-test.ts';
import { Topic } from './topic.ts';

const claimsOf = (broker: number): string[] => [`data-0-kafka-${broker}`, `data-1-kafka-${broker}`];
const ofControllers = [0, 1, 2].map((n) => `data-0-controller-${n}`);
const ofBrokers = [0, 1, 2].flatMap(claimsOf);
const claims = [...ofControllers, ...ofBrokers];
const ofScaledBrokers = [1, 2].flatMap(claimsOf);
const statefulSet = '/apis/apps/v1/namespaces/default/statefulsets/kafka';

interface Bindings {
  /** For each claim, from the API server's word of it to that of its being bound. */
  timesMs: Map<string, number>;
  allBoundAt: number;
}

/** Watches until all claims are bound. */
async function watchBindings(cluster: TestCluster): Promise<Bindings> {
  const created = new Map<string, number>();
  const timesMs = new Map<string, number>();
  const path = '/api/v1/namespaces/default/persistentvolumeclaims?watch=true';
  for await (const { object } of cluster.api.watch(path, AbortSignal.timeout(60_000))) {
    const { metadata, status } = object;
    const since = created.get(metadata.name);
    if (since === undefined) {
      expect(status.phase).toBe('Pending');
      created.set(metadata.name, Date.now());
    } else if (status.phase === 'Bound' && !timesMs.has(metadata.name)) {
      timesMs.set(metadata.name, Date.now() - since);
      if (timesMs.size === claims.length) break;
    }
  }
  return { timesMs, allBoundAt: Date.now() };
}

/** The names of the volumes that claims are bound to. */
const volumesOf = async (cluster: TestCluster, claims: readonly string[]): Promise<string[]> =>
  (await directoriesOf(cluster, claims)).map((directory) => basename(directory));

const setRetention = (cluster: TestCluster, whenScaled: 'Retain' | 'Delete'): Promise<unknown> =>
  cluster.api.patch(statefulSet, {
    spec: { persistentVolumeClaimRetentionPolicy: { whenScaled, whenDeleted: 'Retain' } },
  });

const test = testWithKafka('4.1.1')
  .extend('bindings', { scope: 'file' }, async ({ cluster }) => {
    const apply = async () => {
      await cluster.kubectl('apply', '-k', 'test/kafka/overlays/kraft-three');
      return Date.now();
    };
    const [{ timesMs, allBoundAt }, appliedAt] = await Promise.all([watchBindings(cluster), apply()]);
    const longestMs = Math.max(...timesMs.values());
    const afterApplyMs = allBoundAt - appliedAt;
    console.log(
      `nine claims: each bound within ${longestMs} ms, all ${afterApplyMs} ms after kubectl had applied them`,
    );
    return { timesMs, longestMs };
  })
  .extend('kafka', { scope: 'file' }, async ({ cluster, bindings: _ }) => {
    await install(cluster, 'kraft-three', ['controller', 'kafka']);
    const topic = await Topic.create(cluster, 'messages', { replicas: 3 });
    // So that producing goes on with the one broker that scaling leaves: with the two of the manifests, it would wait.
    const topicOfOne = await Topic.create(cluster, 'acknowledged-by-one', { replicas: 3, minInsyncReplicas: 1 });
    return { topic, topicOfOne };
  });

describeKafka('manifests/kafka/kraft-three, three controllers and three brokers with two volumes,', () => {
  test('has each of its nine claims bound within three seconds', ({ bindings }) => {
    expect([...bindings.timesMs.keys()].sort()).toEqual([...claims].sort());
    expect(bindings.longestMs).toBeLessThan(3_000);
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
