import { expect } from 'vitest';
import { obstaclesToCluster, testOnCluster } from '../e2e/e2e-test.ts';
import type { TestCluster } from '../e2e/test-cluster.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { longestPauseMs, lost } from './acknowledgements.ts';
import { artemisImage } from './artemis-image.ts';
import { install, killContainer, replacePod } from './brokers.ts';
import { Figures } from './figures.ts';
import { missingForJava } from './java-image.ts';
import { PodClient } from './kafka-client.ts';
import { Producer } from './producer.ts';

// It never gives up, and soon asks again. A host name and no more: the pod has another address afterwards.
const url =
  'tcp://artemis-0.artemis:61616?reconnectAttempts=-1&initialConnectAttempts=-1&retryInterval=100&callTimeout=5000';
const messagesAround = 400;

const test = testOnCluster({ daemon: 'daemonset.yaml', moreImages: async () => [await artemisImage()] }).extend(
  'artemis',
  { scope: 'file' },
  async ({ cluster }, { onCleanup }) => {
    await install(cluster, 'artemis', ['artemis']);
    const figures = new Figures();
    onCleanup(() => console.log(`Artemis 2.42.0\n${figures.table()}`));
    return figures;
  },
);

/** Sends persistent messages before, during and after an event. @returns those that the broker acknowledged and has not */
async function outlive(
  cluster: TestCluster,
  figures: Figures,
  scenario: string,
  event: () => Promise<unknown>,
): Promise<string[]> {
  const client = new PodClient(cluster);
  const queue = scenario.replaceAll(/\W/g, '-');
  const producer = new Producer(client.start(['Messages', 'send', url, queue, '0']));
  await producer.untilAcknowledged(messagesAround);
  await event();
  await producer.untilAcknowledged(messagesAround);
  await producer.stop();

  const { acknowledged } = producer;
  const missing = lost(acknowledged, (await client.run(['Messages', 'list', url, queue])).split('\n'));
  const pauseMs = longestPauseMs(acknowledged);
  figures.add({ scenario, acknowledged: acknowledged.length, lost: missing.length, pauseMs });
  return missing;
}

describeUnless('Artemis', [...obstaclesToCluster, ...missingForJava()])(
  'ActiveMQ Artemis with its journal on a volume',
  () => {
    test('has every persistent message that it acknowledged after it was killed', async ({ cluster, artemis }) => {
      const event = () => killContainer(cluster, 'artemis-0');
      expect(await outlive(cluster, artemis, 'broker killed (`kill -9`)', event)).toEqual([]);
    });

    test('has them after its pod was deleted', async ({ cluster, artemis }) => {
      const event = () => replacePod(cluster, 'artemis-0');
      expect(await outlive(cluster, artemis, 'pod deleted', event)).toEqual([]);
    });
  },
);
