import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { until } from '../support/until.ts';
import { describeEndToEnd, testOnCluster } from './e2e-test.ts';
import { NodeDisk } from './node-disk.ts';
import { claim, pod } from './objects.ts';
import type { TestCluster } from './test-cluster.ts';

const diskBytes = 64 * 1024 * 1024;

const test = testOnCluster({
  daemon: 'overlays/pools',
  prepare: (node) => {
    for (const path of ['/mnt/ssd', '/mnt/hdd']) new NodeDisk(node, path).make(diskBytes).mount();
  },
});

/** Runs a command with the claim `ssd` at /mnt/ssd and the claim `hdd` at /mnt/hdd. */
function podOnBoth(name: string, command: string): V1Pod {
  const { spec, ...rest } = pod(name, '', command);
  const names = ['ssd', 'hdd'];
  const volumeMounts = names.map((name) => ({ name, mountPath: `/mnt/${name}` }));
  return {
    ...rest,
    spec: {
      ...spec,
      containers: (spec?.containers ?? []).map((container) => ({ ...container, volumeMounts })),
      volumes: names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
    },
  };
}

/** Waits for an Event of an object that says so. */
async function untilTold({ api }: TestCluster, name: string, text: RegExp): Promise<void> {
  const path = `/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=${name}`;
  const check = async () => {
    const told = (await api.list(path)).map(({ message }) => message);
    if (!told.some((message) => text.test(message))) throw new Error(told.join('\n'));
    return true;
  };
  await until(`an Event of ${name} says ${text}`, check, { withinMs: 60_000, everyMs: 200 });
}

describeEndToEnd('overlays/pools, with a disk at each of its paths,', () => {
  test('gives a pod a volume on each disk', async ({ cluster }) => {
    for (const name of ['ssd', 'hdd']) await cluster.create(claim(name, `hostpath-${name}`));
    await cluster.runToSuccess(podOnBoth('writer', 'echo fast >/mnt/ssd/data && echo large >/mnt/hdd/data'));
    const [fast, large] = [await cluster.untilBound('ssd'), await cluster.untilBound('hdd')];
    expect(fast.volume.spec.hostPath.path).toMatch(/^\/mnt\/ssd\//);
    expect(large.volume.spec.hostPath.path).toMatch(/^\/mnt\/hdd\//);
    const deviceOf = ({ directory }: { directory: string }) => statSync(join(directory, 'data')).dev;
    expect(deviceOf(fast)).not.toBe(deviceOf(large));
  });

  test('serves one disk when the other one is not mounted after a reboot, and both once it is', async ({ cluster }) => {
    const hdd = new NodeDisk(cluster.node, '/mnt/hdd');
    hdd.unmount();
    await cluster.replaceDaemonPod(); // the earlier pod keeps what was mounted when it was started
    for (const name of ['ssd', 'hdd']) {
      await cluster.create(claim(`late-${name}`, `hostpath-${name}`));
      await cluster.selectNode(`late-${name}`);
    }
    await cluster.untilBound('late-ssd');
    await untilTold(cluster, 'late-hdd', /^BaseDirectoryNotMounted: .* \/mnt\/hdd is not mounted/);
    await cluster.create(podOnBoth('reader', 'cat /mnt/ssd/data /mnt/hdd/data'));
    await untilTold(cluster, 'reader', /hostPath type check failed, \/mnt\/hdd\//);

    hdd.mount(); // which the running pod of the daemon sees
    await cluster.untilBound('late-hdd');
    await cluster.untilSucceeded('reader');
    expect(await cluster.kubectl('logs', 'reader')).toBe('fast\nlarge\n');
    await cluster.kubectl('delete', 'pod', 'reader', '--wait');
    for (const name of ['ssd', 'hdd', 'late-ssd', 'late-hdd']) await cluster.deleteWithVolume(name);
  });
});
