import { expect } from 'vitest';
import { NodeDisk } from '../e2e/node-disk.ts';
import { claim, pod } from '../e2e/objects.ts';
import type { TestCluster } from '../e2e/test-cluster.ts';
import { until } from '../support/until.ts';
import { install, untilPodReady } from './brokers.ts';
import { untilTold } from './events.ts';
import { describeKafka, testWithKafka } from './kafka-test.ts';
import { claimUntilOneWaits } from './late-claims.ts';
import { Topic } from './topic.ts';

const diskBytes = 128 * 1024 * 1024;
const brokerGoesWithinMs = 120_000;

// A tenant with a file of its own, who takes all space that there is, and what others set free, while told to.
const neighbour = `
  echo precious >/mnt/data
  while sleep 0.1; do
    if [ -e /tmp/greedy ]; then cat /dev/zero >>/mnt/rest; else rm -f /mnt/rest; fi
  done`;

const test = testWithKafka('4.1.1').extend('topic', { scope: 'file' }, async ({ cluster }) => {
  new NodeDisk(cluster.node, '/tmp/hostpath-provisioner').make(diskBytes).mount();
  await cluster.create(claim('neighbour'));
  await cluster.create(pod('neighbour', 'neighbour', neighbour));
  await install(cluster, 'single', ['kafka']);
  return Topic.create(cluster, 'messages', { replicas: 1 });
});

const inNeighbour = (cluster: TestCluster, command: string) =>
  cluster.kubectl('exec', 'neighbour', '--', 'sh', '-c', command);

/** A metric of the daemon; undefined when it is not shown. */
async function metric(cluster: TestCluster, series: string): Promise<number | undefined> {
  const text: string = (await cluster.askDaemon('metrics')).body;
  const line = text.split('\n').find((line) => line.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

const untilMetric = (cluster: TestCluster, series: string, is: (value: number) => boolean) =>
  until(`metric ${series} is what it is to be`, async () => {
    const value = await metric(cluster, series);
    if (value === undefined || !is(value)) throw new Error(`it is ${value}`);
    return true;
  });

async function untilBrokerHasGone(cluster: TestCluster): Promise<void> {
  const gone = async () => {
    const { status } = await cluster.api.get('/api/v1/namespaces/default/pods/kafka-0');
    const [{ restartCount, state }] = status.containerStatuses;
    return restartCount > 0 || state.running === undefined; // kubelet has it running again at once, the first time
  };
  await until('the broker has ended', gone, { withinMs: brokerGoesWithinMs, everyMs: 200 });
}

describeKafka('manifests/kafka/single on a disk that a neighbour fills', () => {
  test('loses nothing, and goes on when there is space again, as do claims that waited', async ({
    cluster,
    topic,
    figures,
  }) => {
    const event = async () => {
      await untilMetric(cluster, 'hostpath_base_directory_size_bytes{pool="default"}', (bytes) => bytes < diskBytes);
      await untilMetric(cluster, 'hostpath_base_directory_free_bytes{pool="default"}', (bytes) => bytes > 0);
      await inNeighbour(cluster, 'touch /tmp/greedy');
      const node = { kind: 'Node', name: cluster.node.node };
      const told = (reason: string) =>
        untilTold(cluster, [{ ...node, reason, message: expect.stringContaining(' MiB and ') }]);
      await told('BaseDirectoryAlmostFull');
      await untilBrokerHasGone(cluster);

      const late = await claimUntilOneWaits(cluster);
      expect(await metric(cluster, 'hostpath_failures_total{flow="provision",reason="NoSpace"}')).toBeGreaterThan(0);
      await untilMetric(cluster, 'hostpath_base_directory_free_bytes{pool="default"}', (bytes) => bytes === 0);
      await cluster.untilDaemonReady(); // it serves the volumes that are there
      expect(await inNeighbour(cluster, 'cat /mnt/data')).toBe('precious\n');

      await inNeighbour(cluster, 'rm /tmp/greedy');
      await told('BaseDirectoryHasSpace');
      for (const name of late) await cluster.untilBound(name);
      await untilPodReady(cluster, 'kafka-0');
    };
    expect(await topic.outlive('disk full, then free again', figures, event)).toEqual([]);
    await untilMetric(cluster, 'hostpath_base_directory_free_bytes{pool="default"}', (bytes) => bytes > 0);
    expect(await inNeighbour(cluster, 'cat /mnt/data')).toBe('precious\n');
  });
});
