import { expect } from 'vitest';
import { documentedCommands, withNames } from '../install/documented.ts';
import { shellUntil } from '../install/shell.ts';
import { directoriesOf, install } from './brokers.ts';
import { kafkaImage } from './kafka-image.ts';
import { describeKafka, testWithKafka } from './kafka-test.ts';
import { MachineClient } from './machine-client.ts';
import { Topic } from './topic.ts';

const [, restoreAll] = documentedCommands('kafka.md', 'The cluster was rebuilt over a kept base directory');
const ofControllers = [0, 1, 2].map((n) => `data-0-controller-${n}`);
const ofBrokers = [0, 1, 2].flatMap((n) => [`data-0-kafka-${n}`, `data-1-kafka-${n}`]);
const claims = [...ofControllers, ...ofBrokers];

const test = testWithKafka('4.1.1')
  .extend('shell', { scope: 'file' }, ({ cluster }, { onCleanup }) =>
    shellUntil(onCleanup, { KUBECONFIG: cluster.node.adminKubeconfigPath }),
  )
  .extend('kafka', { scope: 'file' }, async ({ cluster }, { onCleanup }) => {
    await install(cluster, 'kraft-three', ['controller', 'kafka']);
    const directories = await directoriesOf(cluster, claims);
    // It is not in the cluster, and so goes on sending while there is none.
    const client = new MachineClient(cluster.node, await kafkaImage('4.1.1'));
    onCleanup(() => client.remove());
    return { directories, topic: await Topic.create(cluster, 'messages', { replicas: 3, client }) };
  });

describeKafka(
  'manifests/kafka/kraft-three, when its cluster was destroyed and made anew over the base directory,',
  () => {
    test('has every acknowledged message once its volumes are restored by the documented commands', async ({
      cluster,
      shell,
      kafka,
      figures,
    }) => {
      await kafka.topic.untilInSync();
      const event = async () => {
        await cluster.rebuild();
        await shell.run(withNames(restoreAll, { '^kafka': '^default' }));
        await install(cluster, 'kraft-three', ['controller', 'kafka']);
      };
      const scenario = 'cluster destroyed and made anew, volumes restored';
      expect(await kafka.topic.outlive(scenario, figures, event)).toEqual([]);
      expect(await directoriesOf(cluster, claims)).toEqual(kafka.directories);
    });
  },
);
