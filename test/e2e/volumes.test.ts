import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { until } from '../support/until.ts';
import { describeEndToEnd, testOnCluster } from './e2e-test.ts';
import { claim, headlessService, pod, statefulSet, storageClass } from './objects.ts';

const kafka = { runAsUser: 1001, runAsGroup: 1001 };

// A node whose label differs from its name, as on some clouds: volumes are tied to the label.
const test = testOnCluster({ daemon: 'daemonset.yaml', hostname: 'host-1.example' });

describeEndToEnd('a volume on a real node', () => {
  test('can be written by a pod of any user, without a helper that changes the owner', async ({ cluster }) => {
    await cluster.create(claim('any-user'));
    await cluster.runToSuccess(pod('any-user', 'any-user', 'mkdir /mnt/logs && echo data >/mnt/logs/0', kafka));
    const { directory } = await cluster.untilBound('any-user');
    expect(statSync(join(directory, 'logs/0'))).toMatchObject({ uid: 1001, gid: 1001 });
    await cluster.deleteWithVolume('any-user');
  });

  test('keeps its data when the pod is replaced', async ({ cluster }) => {
    await cluster.create(claim('kept'));
    await cluster.runToSuccess(pod('first', 'kept', 'echo first >>/mnt/data', kafka));
    expect(await cluster.runToSuccess(pod('second', 'kept', 'cat /mnt/data', kafka))).toBe('first\n');
    await cluster.deleteWithVolume('kept');
  });

  test('belongs to one pod of a StatefulSet, and that pod to a name by which the others find it', async ({
    cluster,
  }) => {
    const serveAndFind = `
      hostname >>/mnt/starts
      httpd -h /mnt
      for peer in kafka-0 kafka-1; do
        until wget -q -O - http://$peer.kafka.default.svc.cluster.local/starts 2>/dev/null; do sleep 0.1; done
      done
      exec sleep 2147483647`;
    await cluster.create(headlessService('kafka'));
    await cluster.create(statefulSet('kafka', 2, serveAndFind));
    await cluster.untilPodSays('kafka-0', 'kafka-0\nkafka-1\n');
    await cluster.untilPodSays('kafka-1', 'kafka-0\nkafka-1\n');

    await cluster.kubectl('delete', 'pod', 'kafka-1', '--wait');
    await cluster.untilPodSays('kafka-1', 'kafka-0\nkafka-1\nkafka-1\n');

    await cluster.kubectl('delete', 'statefulset,service', 'kafka', '--wait');
    for (const name of ['data-kafka-0', 'data-kafka-1']) await cluster.deleteWithVolume(name);
  });

  test('is made where the scheduler wants the first pod', async ({ cluster }) => {
    await cluster.create(storageClass('first-consumer', { volumeBindingMode: 'WaitForFirstConsumer' }));
    await cluster.create(claim('waiting', 'first-consumer'));
    await cluster.runToSuccess(pod('consumer', 'waiting', 'echo data >/mnt/data', kafka));
    const { volume, directory } = await cluster.untilBound('waiting');
    expect(volume.spec.nodeAffinity.required.nodeSelectorTerms).toEqual([
      { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['host-1.example'] }] },
    ]);
    expect(existsSync(join(directory, 'data'))).toBe(true);
    await cluster.deleteWithVolume('waiting');
  });

  test('gets the group that the pod asks for, when its class makes local volumes', async ({ cluster }) => {
    await cluster.create(storageClass('local', { parameters: { volumeType: 'local' } }));
    await cluster.create(claim('grouped', 'local'));
    await cluster.runToSuccess(pod('group', 'grouped', 'id && echo data >/mnt/data', { ...kafka, fsGroup: 2000 }));
    const { volume, directory } = await cluster.untilBound('grouped');
    expect(volume.spec.local).toBeDefined();
    const { gid, mode } = statSync(directory);
    expect({ gid, setgid: (mode & 0o2000) !== 0 }).toEqual({ gid: 2000, setgid: true });
    expect(statSync(join(directory, 'data')).gid).toBe(2000);
    await cluster.deleteWithVolume('grouped');
  });

  test.for(['hostPath', 'local'])(
    'grows while its pod writes, which goes on: type %s',
    async (volumeType, { cluster }) => {
      const name = `growing-${volumeType.toLowerCase()}`;
      await cluster.create(storageClass(name, { allowVolumeExpansion: true, parameters: { volumeType } }));
      await cluster.create(claim(name, name));
      await cluster.create(pod(name, name, 'while sleep 0.05; do echo more >>/mnt/data; done', kafka));
      const { directory } = await cluster.untilBound(name);
      const writtenBytes = () => statSync(join(directory, 'data')).size;
      const untilPodWrites = async (moreThan: number) =>
        until('the pod writes', () => existsSync(join(directory, 'data')) && writtenBytes() > moreThan, {
          withinMs: 60_000,
        });
      await untilPodWrites(0);
      const id = await cluster.podProcessId(name);
      for (const size of ['2Mi', '1Gi']) await cluster.grow(name, size);
      await untilPodWrites(writtenBytes());
      expect(await cluster.podProcessId(name)).toBe(id);
      await cluster.kubectl('delete', 'pod', name, '--grace-period=1', '--wait');
      await cluster.deleteWithVolume(name);
    },
  );

  test('begins as a copy of another claim, whose volume stays as it is when a pod writes to the copy', async ({
    cluster,
  }) => {
    await cluster.create(claim('source'));
    await cluster.runToSuccess(pod('writer-of-source', 'source', 'echo first >/mnt/0 && ln /mnt/0 /mnt/1', kafka));
    const { spec, ...rest } = claim('copy');
    await cluster.create({
      ...rest,
      spec: { ...spec, dataSource: { kind: 'PersistentVolumeClaim', name: 'source' } },
    });
    const change = 'cat /mnt/0 && stat -c "%u %h" /mnt/1 && echo second >/mnt/0';
    expect(await cluster.runToSuccess(pod('writer-of-copy', 'copy', change, kafka))).toBe('first\n1001 2\n');
    const contentOf = async (name: string) =>
      readFileSync(join((await cluster.untilBound(name)).directory, '1'), 'utf8');
    expect([await contentOf('source'), await contentOf('copy')]).toEqual(['first\n', 'second\n']);
    for (const name of ['source', 'copy']) await cluster.deleteWithVolume(name);
  });

  test('keeps its directory when it is retained', async ({ cluster }) => {
    await cluster.create(storageClass('retain', { reclaimPolicy: 'Retain' }));
    await cluster.create(claim('retained', 'retain'));
    await cluster.runToSuccess(pod('writer', 'retained', 'echo precious >/mnt/data', kafka));
    const { volume, directory } = await cluster.untilBound('retained');

    await cluster.create(claim('removed'));
    await cluster.selectNode('removed');
    await cluster.kubectl('delete', 'persistentvolumeclaim', 'retained', '--wait');
    await cluster.deleteWithVolume('removed'); // released later, so the daemon has seen the other one's release

    const { status } = await cluster.api.get(`/api/v1/persistentvolumes/${volume.metadata.name}`);
    expect(status.phase).toBe('Released');
    expect(readFileSync(join(directory, 'data'), 'utf8')).toBe('precious\n');
  });
});
