import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { NodeDisk } from '../e2e/node-disk.ts';
import { claim } from '../e2e/objects.ts';
import type { TestCluster } from '../e2e/test-cluster.ts';
import { directoriesOf, install, replacePod, untilBrokerSays, untilPodReady } from './brokers.ts';
import { untilTold } from './events.ts';
import { describeKafka, testWithKafkaOn } from './kafka-test.ts';
import { claimUntilOneWaits } from './late-claims.ts';
import { Topic } from './topic.ts';

const diskBytes = 192 * 1024 * 1024;
const claims = ['data-0-kafka-0', 'data-1-kafka-0'];

const test = testWithKafkaOn(
  {
    daemon: 'overlays/pools',
    prepare: (node) => {
      for (const path of ['/mnt/ssd', '/mnt/hdd']) new NodeDisk(node, path).make(diskBytes).mount();
    },
  },
  '4.1.1',
).extend('kafka', { scope: 'file' }, async ({ cluster }) => {
  await install(cluster, 'jbod', ['kafka']);
  const topic = await Topic.create(cluster, 'messages', { replicas: 1 });
  return { topic, directories: await directoriesOf(cluster, claims), hdd: new NodeDisk(cluster.node, '/mnt/hdd') };
});

async function createClaim(cluster: TestCluster, name: string, storageClassName: string): Promise<void> {
  await cluster.create(claim(name, storageClassName));
  await cluster.selectNode(name);
}

describeKafka('a broker with a log on each of two disks', () => {
  test('has a partition of its topic on each', async ({ kafka, figures }) => {
    expect(await kafka.topic.outlive('JBOD on two disks: nothing', figures, async () => {})).toEqual([]);
    const partitions = kafka.directories.map((directory) =>
      readdirSync(join(directory, 'kafka-log0')).filter((name) => /^messages-\d$/.test(name)),
    );
    expect(partitions.map(({ length }) => length)).toEqual([1, 1]);
    expect(kafka.directories).toEqual([expect.stringContaining('/mnt/ssd/'), expect.stringContaining('/mnt/hdd/')]);
  });

  test('loses nothing when one of them is full, and claims on the other one are served', async ({
    cluster,
    kafka,
    figures,
  }) => {
    const event = async () => {
      kafka.hdd.fill();
      await untilBrokerSays(cluster, 'Stopped serving replicas in dir /var/lib/kafka/data-1/kafka-log0');
      kafka.hdd.fill();
      const late = await claimUntilOneWaits(cluster, 'hostpath-hdd');
      await createClaim(cluster, 'meanwhile', 'hostpath-ssd');
      await cluster.untilBound('meanwhile');
      await cluster.untilDaemonReady();
      await untilPodReady(cluster, 'kafka-0'); // with its other log

      kafka.hdd.free();
      for (const name of late) await cluster.untilBound(name);
      await replacePod(cluster, 'kafka-0'); // a log that has failed is opened at the next start
    };
    expect(await kafka.topic.outlive('JBOD: one disk full, then free again', figures, event)).toEqual([]);
  });

  test('loses nothing when one of them is not mounted after a reboot, and claims on the other one are served', async ({
    cluster,
    kafka,
    figures,
  }) => {
    const event = async () => {
      await cluster.kubectl('delete', 'pod', 'kafka-0', '--wait=false');
      kafka.hdd.unmount();
      await cluster.replaceDaemonPod();
      await createClaim(cluster, 'on-ssd', 'hostpath-ssd');
      await createClaim(cluster, 'on-hdd', 'hostpath-hdd');
      await cluster.untilBound('on-ssd');
      await untilTold(cluster, [
        {
          kind: 'PersistentVolumeClaim',
          name: 'on-hdd',
          reason: 'ProvisioningFailed',
          message: expect.stringMatching(/^BaseDirectoryNotMounted: /),
        },
        {
          kind: 'Pod',
          name: 'kafka-0',
          reason: 'FailedMount',
          message: expect.stringContaining('hostPath type check failed, /mnt/hdd/'),
        },
      ]);
      kafka.hdd.mount();
      await cluster.untilBound('on-hdd');
      await untilPodReady(cluster, 'kafka-0');
    };
    expect(await kafka.topic.outlive('JBOD: one disk not mounted for a while', figures, event)).toEqual([]);
    expect(await directoriesOf(cluster, claims)).toEqual(kafka.directories);
  });
});
