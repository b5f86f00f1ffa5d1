import { expect } from 'vitest';
import { testOnNode } from '../install/install-test.ts';
import { type } from '../install/typed.ts';
import { readmeBlock, readmeCommand } from '../support/readme.ts';
import { until } from '../support/until.ts';
import { kafkaImages } from './kafka-image.ts';
import { describeKafka } from './kafka-test.ts';

const test = testOnNode(() => kafkaImages(['4.1.1']));

describeKafka('the Kafka of README.md, on the shipped manifests as they are,', () => {
  test('has its message again after its pod was deleted, and nothing is left when its claims are', async ({
    shell,
  }) => {
    const lines = async (command: string) => (await shell.run(command)).split('\n').filter((line) => line !== '');
    await shell.run('kubectl apply -k overlays/minikube');
    await type(shell, readmeBlock('kubectl apply -k manifests/kafka/single'));

    await shell.run(readmeCommand('kubectl delete -k manifests/kafka/single'));
    expect(await lines('kubectl get persistentvolumes -o name')).toHaveLength(2);
    await shell.run(readmeCommand('kubectl delete pvc data-0-kafka-0 data-1-kafka-0'));
    await until('the volumes are gone', async () => (await lines('kubectl get pv -o name')).length === 0);
  });
});
