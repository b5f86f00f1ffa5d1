import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, expect } from 'vitest';
import { startCluster } from '../control-plane/real/node.ts';
import { projectImages } from '../control-plane/real/project-images.ts';
import { describeEndToEnd } from '../e2e/e2e-test.ts';
import { documentedCommands, withNames } from './documented.ts';
import { Shell } from './shell.ts';

const wait = documentedCommands('Uninstall')[3];

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('cluster', { scope: 'file' }, async ({}, { onCleanup }) => {
    const cluster = await startCluster({ images: projectImages() });
    onCleanup(() => cluster.stop());
    return cluster;
  })
  .extend('shell', { scope: 'file' }, async ({ cluster }, { onCleanup }) => {
    const shell = await Shell.open({ KUBECONFIG: cluster.adminKubeconfigPath });
    onCleanup(() => shell[Symbol.asyncDispose]());
    return shell;
  });

describeEndToEnd('on a real node, the chart', () => {
  test('is installed, passes its test, and is uninstalled without a trace of it', async ({ cluster, shell }) => {
    await shell.run('helm install hostpath-provisioner charts/hostpath-provisioner');
    const rollout =
      'kubectl -n hostpath-provisioner-system rollout status daemonset/hostpath-provisioner --timeout=80s';
    expect(await shell.run(rollout)).toContain('successfully rolled out');

    const told = await shell.run('helm test hostpath-provisioner --timeout 80s');
    expect(told).toMatch(/TEST SUITE: +hostpath-provisioner-test\n.*\n.*\nPhase: +Succeeded/);
    await shell.run(withNames(wait, {}));
    await shell.run('helm uninstall hostpath-provisioner --wait --timeout 80s');
    expect(await shell.run('kubectl get persistentvolumeclaims,persistentvolumes,pods -A -o name')).toBe('');
    expect(readdirSync(join(cluster.tmpPath, 'hostpath-provisioner'))).toEqual(['.hostpath-provisioner']);
  });
});
