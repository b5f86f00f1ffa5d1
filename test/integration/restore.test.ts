import { existsSync } from 'node:fs';
import { describe, expect } from 'vitest';
import type { Cluster } from '../support/cluster.ts';
import { test } from '../support/integration.ts';
import { type CommandEnd, runCommand } from '../support/run-command.ts';
import { until } from '../support/until.ts';
import { keepingClass, removedVolume, restore, untilBoundAgain } from './restoring.ts';

const volumesPath = '/api/v1/persistentvolumes';

const trash = (cluster: Cluster): Promise<CommandEnd> => runCommand(['trash', '--base-directory', cluster.base]);

const untilTrashEmpty = (cluster: Cluster): Promise<true> =>
  until('the trash is empty', async () => (await cluster.journal('trash')).length === 0);

describe('a removed volume whose class has a trashRetention', () => {
  test('is kept over a restart of the daemon, and listed', async ({ cluster }) => {
    const className = await keepingClass(cluster);
    const daemon = await cluster.startDaemon();
    const { name, directory } = await removedVolume(cluster, 'data', className);
    await daemon.untilLogs('trash waits for its retention');
    await daemon.kill('SIGKILL');
    const next = await cluster.startDaemon();
    await next.untilLogs('trash waits for its retention');
    expect([existsSync(directory), await cluster.journal('trash')]).toEqual([false, [name]]);
    const { code, stdout, stderr } = await trash(cluster);
    expect([code, stderr]).toEqual([0, '']);
    const [, row = '', , ...others] = stdout.trimEnd().split('\n');
    const [listed, claim, cls, , state = ''] = row.split(/ {2,}/);
    expect([listed, claim, cls, others]).toEqual([name, `${cluster.namespace}/data`, className, []]);
    const [, removed = '', until = ''] = /^removed (.+), kept until (.+)$/.exec(state) ?? [];
    expect(Date.parse(until) - Date.parse(removed)).toBe(3_600_000);
  });

  test('is erased when its time is over, and not before', async ({ cluster }) => {
    const className = await keepingClass(cluster, '2s');
    await cluster.startDaemon();
    await cluster.createClaim('data', { spec: { storageClassName: className } });
    const { directory } = await cluster.untilBound('data');
    const deletedMs = Date.now();
    await cluster.deleteClaim('data');
    await until('the directory is out of its place', () => !existsSync(directory));
    await untilTrashEmpty(cluster);
    expect(Date.now() - deletedMs).toBeGreaterThanOrEqual(2_000);
    expect(await cluster.journal('volumes')).toEqual([]);
  });

  test('is erased at the next start when its time was over while the daemon was down', async ({ cluster }) => {
    const className = await keepingClass(cluster, '1500ms');
    const daemon = await cluster.startDaemon();
    const { name } = await removedVolume(cluster, 'data', className);
    await daemon.kill('SIGKILL');
    await cluster.startDaemon();
    await untilTrashEmpty(cluster);
    const { code, stderr } = await restore(cluster, name, 'data');
    expect([code, stderr]).toEqual([1, expect.stringContaining('nor in its trash')]);
  });
});

describe('restore', () => {
  test('has directory and content back for a new claim of the same name, beside the daemon', async ({ cluster }) => {
    const className = await keepingClass(cluster);
    const daemon = await cluster.startDaemon();
    const { name, file, content } = await removedVolume(cluster, 'data', className);
    const { code, stdout, stderr } = await restore(cluster, name, 'data');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`create claim ${cluster.namespace}/data now, with class ${className}`);
    await untilBoundAgain(cluster, 'data', className, name);
    expect(await cluster.readFile(file)).toBe(content);
    expect((await cluster.readVolume(name)).spec.persistentVolumeReclaimPolicy).toBe('Retain');
    expect([await cluster.directories(), await cluster.journal('volumes')]).toEqual([[name], [`${name}.json`]]);
    expect(await cluster.journal('trash')).toEqual([]);
    await daemon.kill('SIGKILL');
    await cluster.startDaemon();
    expect(await cluster.readFile(file)).toBe(content);
    expect(await restore(cluster, name, 'data')).toMatchObject({ code: 0, stdout: expect.stringContaining('already') });
  });

  test('binds the volume to a claim that waits for its first pod', async ({ cluster }) => {
    const className = await keepingClass(cluster, '1h');
    await cluster.startDaemon();
    const { name, file, content } = await removedVolume(cluster, 'data', className);
    await cluster.api.delete(`/apis/storage.k8s.io/v1/storageclasses/${className}`);
    await cluster.api.create('/apis/storage.k8s.io/v1/storageclasses', {
      metadata: { name: className },
      provisioner: cluster.provisioner,
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    const waiting = await cluster.createClaim('other', { spec: { storageClassName: className } });
    expect(await restore(cluster, name, 'other')).toMatchObject({ code: 0, stderr: '' });
    const { claim, volume } = await cluster.untilBound('other');
    expect([claim.spec.volumeName, volume.spec.claimRef.uid]).toEqual([name, waiting.metadata.uid]);
    expect(await cluster.readFile(file)).toBe(content);
  });

  test('refuses a claim that was given a new volume meanwhile, touches nothing, and works once that claim is gone', async ({
    cluster,
  }) => {
    const className = await keepingClass(cluster);
    await cluster.startDaemon();
    const { name, file, content } = await removedVolume(cluster, 'data', className);
    await cluster.createClaim('data', { spec: { storageClassName: className } });
    const { volume } = await cluster.untilBound('data');
    const { code, stdout, stderr } = await restore(cluster, name, 'data');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`already has volume ${volume.metadata.name}: stop its pods, delete the claim`);
    expect([await cluster.journal('trash'), await cluster.readVolume(name)]).toEqual([[name], undefined]);
    await cluster.deleteClaim('data');
    await cluster.untilVolumeGone(volume.metadata.name);
    expect(await restore(cluster, name, 'data')).toMatchObject({ code: 0 });
    await untilBoundAgain(cluster, 'data', className, name);
    expect(await cluster.readFile(file)).toBe(content);
  });

  test('without an API server changes nothing, and says so', async ({ cluster }) => {
    const className = await keepingClass(cluster);
    await cluster.startDaemon();
    const { name } = await removedVolume(cluster, 'data', className);
    const kubeconfigPath = await cluster.daemonKubeconfig({ server: 'https://127.0.0.1:1' });
    const { code, stderr } = await restore(cluster, name, 'data', { kubeconfigPath });
    expect([code, stderr]).toEqual([1, expect.stringContaining('run the same command again')]);
    expect(await cluster.journal('trash')).toEqual([name]);
  });
});

test('a restored volume can be released, bound anew, and deleted into the trash again', async ({ cluster }) => {
  const className = await keepingClass(cluster);
  await cluster.startDaemon();
  const { name, file, content } = await removedVolume(cluster, 'data', className);
  expect(await restore(cluster, name, 'data')).toMatchObject({ code: 0 });
  await untilBoundAgain(cluster, 'data', className, name);

  await cluster.deleteClaim('data');
  await until('the volume is released', async () => (await cluster.readVolume(name))?.status.phase === 'Released');
  expect(await cluster.readFile(file)).toBe(content);
  await cluster.api.patch(`${volumesPath}/${name}`, { spec: { claimRef: null } });
  // Any other claim gets it only once it is Available, and a new volume before that.
  await until('the volume is available', async () => (await cluster.readVolume(name))?.status.phase === 'Available');
  await untilBoundAgain(cluster, 'next', className, name);

  await cluster.api.patch(`${volumesPath}/${name}`, { spec: { persistentVolumeReclaimPolicy: 'Delete' } });
  await cluster.deleteClaim('next');
  await cluster.untilVolumeGone(name);
  expect([existsSync(file), await cluster.journal('trash')]).toEqual([false, [name]]);
  expect(await restore(cluster, name, 'data')).toMatchObject({ code: 0 });
  await untilBoundAgain(cluster, 'data', className, name);
  expect(await cluster.readFile(file)).toBe(content);
});
