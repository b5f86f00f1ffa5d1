import { test as base, expect } from 'vitest';
import { missingFor } from '../control-plane/real/prerequisites.ts';
import { startReal } from '../control-plane/real/real.ts';
import { machineObstacles } from '../machine/guest-image.ts';
import { Cluster } from '../support/cluster.ts';
import { describeUnless, withoutLinuxAndRoot } from '../support/describe-unless.ts';
import { until } from '../support/until.ts';
import { MachineNode, slow } from './machine-node.ts';

const mib = 2 ** 20;

/** The programs of this machine are copied into the other, which is an x86-64 one. */
const ofProcessor = process.arch === 'x64' ? [] : ['it needs an x86-64 processor'];

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('controlPlane', { scope: 'file' }, async ({}, { onCleanup }) => {
    const controlPlane = await startReal();
    onCleanup(() => controlPlane.stop());
    return controlPlane;
  })
  .extend('cluster', { scope: 'file' }, async ({ controlPlane }, { onCleanup }) => {
    const cluster = await Cluster.make(controlPlane.adminKubeconfigPath);
    onCleanup(() => cluster.remove());
    await cluster.createClass(`${cluster.className}-limited`, {
      allowVolumeExpansion: true,
      parameters: { quota: 'enforce', volumeType: 'local' },
    });
    return cluster;
  })
  .extend('node', { scope: 'file' }, async ({ controlPlane, cluster }, { onCleanup }) => {
    const node = await MachineNode.start(cluster, controlPlane.adminKubeconfigPath);
    onCleanup(() => node[Symbol.asyncDispose]());
    for (const name of ['data', 'neighbour'])
      await node.createClaimWithPod(name, '40Mi', `${cluster.className}-limited`);
    return node;
  })
  .extend('reported', { auto: true }, ({ node, onTestFailed }) => {
    onTestFailed(async () => console.error(await node.report()));
    return true;
  });

const write = (mebibytes: number, path: string): string => `dd if=/dev/zero of=${path} bs=1M count=${mebibytes}`;

const wholeTestMs = 900_000; // with the machine's image to be made first, and beside other suites

describeUnless('kubelet figures', [
  ...withoutLinuxAndRoot(),
  ...ofProcessor,
  ...missingFor('node'),
  ...machineObstacles(),
])('A limited volume in a pod', () => {
  test('has its claim as capacity and what the pod wrote as use in kubelet_volume_stats_*, also when it has grown', {
    timeout: wholeTestMs,
  }, async ({ cluster, node }) => {
    await node.runInPod('data', write(10, '/data/log'));
    const figures = async (capacityMiB: number) =>
      until(
        `kubelet reports ${capacityMiB} MiB, and 10 MiB of use`,
        async () => {
          const stats = await node.volumeStats('data');
          const { capacity_bytes: capacity, used_bytes: used = 0, available_bytes: available } = stats;
          const isAsExpected = capacity === capacityMiB * mib && used >= 10 * mib && used < 11 * mib;
          if (!isAsExpected || available !== capacity - used) throw new Error(JSON.stringify(stats));
          return true;
        },
        slow,
      );
    await figures(40);
    await cluster.api.patch(`${cluster.claimsPath}/data`, { spec: { resources: { requests: { storage: '60Mi' } } } });
    await figures(60);
  });

  test('takes no more than its claim from a pod, while the pod of another claim writes on', {
    timeout: wholeTestMs,
  }, async ({ node }) => {
    expect(await node.runInPod('neighbour', write(50, '/data/log'))).toContain('No space left on device');
    const usedMiB = Number.parseInt(await node.runInPod('neighbour', 'du -sm /data'), 10);
    expect(usedMiB).toBeGreaterThanOrEqual(39);
    expect(usedMiB).toBeLessThanOrEqual(40);
    expect(await node.runInPod('data', write(10, '/data/log'))).toContain('10+0 records out');
  });
});
