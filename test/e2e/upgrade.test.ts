import { expect } from 'vitest';
import { imageName } from '../../scripts/image/name.ts';
import { documentedCommands, withNames } from '../install/documented.ts';
import { shellUntil } from '../install/shell.ts';
import { install } from '../kafka/brokers.ts';
import { untilTold } from '../kafka/events.ts';
import { obstaclesToKafka, testWithKafkaOn } from '../kafka/kafka-test.ts';
import { Topic } from '../kafka/topic.ts';
import type { Json } from '../support/api.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { earlierRelease, firstRelease, missingFromHistory } from './earlier-release.ts';
import { storageClass } from './objects.ts';
import { StorageUser } from './storage-user.ts';
import type { TestCluster } from './test-cluster.ts';

const commandsOf = (heading: string): string => withNames(documentedCommands('upgrade.md', heading)[0], {});
const [upgrade, goBack, upgradeAgain] = [commandsOf('Upgrade'), commandsOf('Go back'), commandsOf('Upgrade again')];

const describeUpgrade = describeUnless('upgrade', [...obstaclesToKafka, ...missingFromHistory(firstRelease)]);

const test = testWithKafkaOn({ daemon: 'daemonset.yaml', release: () => earlierRelease(firstRelease) }, '4.1.1')
  .extend('shell', { scope: 'file' }, ({ cluster }, { onCleanup }) =>
    shellUntil(onCleanup, { KUBECONFIG: cluster.node.adminKubeconfigPath }),
  )
  .extend('user', { scope: 'file' }, ({ cluster, shell }) => new StorageUser(cluster, shell));

const keepingClass = storageClass('kept', { parameters: { trashRetention: '24h' } });

/** The image of the daemon, and how long it keeps what neither claim nor volume stands for. */
async function daemonOf(cluster: TestCluster): Promise<Json> {
  const { image, env } = (await cluster.daemonPod()).spec.containers[0];
  return { image, gracePeriod: env.find(({ name }: Json) => name === 'GRACE_PERIOD')?.value };
}

async function brokerOf(cluster: TestCluster): Promise<Json> {
  const { metadata, status } = await cluster.api.get('/api/v1/namespaces/default/pods/kafka-0');
  return { uid: metadata.uid, restarts: status.containerStatuses[0].restartCount };
}

describeUpgrade('A cluster of the first release, with volumes, trash and a Kafka that is written to,', () => {
  test('is upgraded, set back and upgraded again, and loses nothing', { timeout: 600_000 }, async ({
    cluster,
    user,
    figures,
  }) => {
    const { folder } = await earlierRelease(firstRelease);
    await cluster.create(keepingClass);
    await user.fill('data', 'example-hostpath');
    const removedBefore = await user.fill('removed-before', 'kept');
    await user.removeWithVolume('removed-before');
    await install(cluster, 'single', ['kafka']);
    const topic = await Topic.create(cluster, 'messages', { replicas: 1 });
    const [broker, volume] = [await brokerOf(cluster), await user.volumeOf('data')];
    const [options, metrics] = [await user.options(), await user.metrics()];
    expect(await daemonOf(cluster)).toEqual({ image: 'hostpath-provisioner:latest' });

    const upgraded = async () => {
      await user.type(upgrade);
      expect(await user.options()).toEqual(expect.arrayContaining(options));
      expect(await user.metrics()).toEqual(expect.arrayContaining(metrics));
      expect(await user.inTrash(removedBefore)).toMatch(/default\/removed-before +kept +this +removed .*, kept until /);
      await user.restore(removedBefore, 'removed-before', 'kept');
      await cluster.grow('data', '2Mi');
      await user.fill('plain', 'example-hostpath');
      await user.fill('held', 'kept');
      const removedAfter = await user.fill('removed-after', 'kept');
      await user.removeWithVolume('removed-after');
      return removedAfter;
    };

    const setBack = async (removedAfter: string) => {
      await user.type(goBack, folder);
      expect(await daemonOf(cluster)).toEqual({ image: 'hostpath-provisioner:latest', gracePeriod: '8760h' });
      const inUse = ['data', 'removed-before', 'plain', 'held'];
      expect(await user.contentsOf(inUse)).toEqual(inUse);
      expect(await user.sizeOf('data')).toBe('2Mi');
      expect(await user.inTrash(removedAfter)).toContain('not erased');
      await user.removeWithVolume('plain');
      await user.fill('between', 'kept');
      const held = await user.volumeOf('held');
      await user.remove('held');
      const message = expect.stringMatching(/^RecordDamaged: .*was written by a newer version/);
      await untilTold(cluster, [{ kind: 'PersistentVolume', name: held, reason: 'VolumeFailedDelete', message }]);
      return held;
    };

    const upgradedAgain = async (held: string, removedAfter: string) => {
      await user.type(`${upgrade}\n${upgradeAgain}`);
      await user.untilVolumeGone(held);
      await user.restore(held, 'held', 'kept');
      await user.restore(removedAfter, 'removed-after', 'kept');
      const inUse = ['data', 'removed-before', 'held', 'removed-after', 'between'];
      expect(await user.contentsOf(inUse)).toEqual(inUse);
      expect({ volume: await user.volumeOf('data'), size: await user.sizeOf('data') }).toEqual({ volume, size: '2Mi' });
      expect(await daemonOf(cluster)).toEqual({ image: imageName });
    };

    const event = async () => {
      const removedAfter = await upgraded();
      const held = await setBack(removedAfter);
      await upgradedAgain(held, removedAfter);
    };
    expect(await topic.outlive('daemon upgraded, set back and upgraded again', figures, event)).toEqual([]);
    expect(await brokerOf(cluster)).toEqual({ ...broker, restarts: 0 });
  });
});
