import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { uniqueName } from '../support/build.ts';
import type { Cluster } from '../support/cluster.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';

const volumesPath = '/api/v1/persistentvolumes';
const finalizer = 'external-provisioner.volume.kubernetes.io/finalizer';

/** A bound claim whose directory has a file in it. */
async function boundWithFile(cluster: Cluster, name: string, changes = {}) {
  await cluster.createClaim(name, changes);
  const bound = await cluster.untilBound(name);
  await mkdir(join(bound.directory, 'logs'));
  await writeFile(join(bound.directory, 'logs/segment'), 'content');
  return { ...bound, file: join(bound.directory, 'logs/segment'), name: bound.volume.metadata.name };
}

/** Nothing of the volume is left, on disk or in the journal. */
const untilErased = (cluster: Cluster, directory: string): Promise<true> =>
  until(`${directory} is erased`, async () => {
    const left = [...(await cluster.journal('volumes')), ...(await cluster.journal('trash'))];
    if (existsSync(directory) || left.length > 0) throw new Error(JSON.stringify(left));
    return true;
  });

describe('a volume that is let go', () => {
  test('goes with its claim: directory, object, journal and trash', async ({ cluster }) => {
    const daemon = await cluster.startDaemon();
    const { name, directory } = await boundWithFile(cluster, 'data');
    await cluster.deleteClaim('data');
    await cluster.untilVolumeGone(name);
    await untilErased(cluster, directory);
    const { text } = await daemon.get('/metrics');
    expect(text).toContain(`controller_persistentvolume_delete_total{class="${cluster.className}"} 1`);
  });

  test('goes although its claim was deleted while the daemon was down', async ({ cluster }) => {
    const daemon = await cluster.startDaemon();
    const { name, directory } = await boundWithFile(cluster, 'data');
    await daemon.kill('SIGKILL');
    await cluster.deleteClaim('data');
    await cluster.startDaemon();
    await cluster.untilVolumeGone(name);
    await untilErased(cluster, directory);
  });

  test('goes although its class is gone', async ({ cluster }) => {
    const className = uniqueName('brief');
    await cluster.createClass(className);
    await cluster.startDaemon();
    const { name, directory } = await boundWithFile(cluster, 'data', { spec: { storageClassName: className } });
    await cluster.api.delete(`/apis/storage.k8s.io/v1/storageclasses/${className}`);
    await cluster.deleteClaim('data');
    await cluster.untilVolumeGone(name);
    await untilErased(cluster, directory);
  });

  test('is cleaned when a user deletes the volume object by hand, but not before its claim is gone', async ({
    cluster,
  }) => {
    await cluster.startDaemon();
    const { name, file, directory } = await boundWithFile(cluster, 'data');
    await cluster.api.delete(`${volumesPath}/${name}`);
    await until(
      'the volume is being deleted',
      async () => (await cluster.readVolume(name))?.metadata.deletionTimestamp,
    );
    expect(await cluster.readFile(file)).toBe('content');
    await cluster.deleteClaim('data');
    await cluster.untilVolumeGone(name);
    await untilErased(cluster, directory);
  });
});

describe('a volume that is to be kept', () => {
  test('keeps its directory when its class says Retain, even when the volume object is deleted and the daemon restarts', async ({
    cluster,
  }) => {
    const className = uniqueName('retain');
    await cluster.createClass(className, { reclaimPolicy: 'Retain' });
    const daemon = await cluster.startDaemon();
    const { name, file } = await boundWithFile(cluster, 'data', { spec: { storageClassName: className } });
    await cluster.deleteClaim('data');
    await until('the volume is released', async () => (await cluster.readVolume(name))?.status.phase === 'Released');
    await cluster.api.delete(`${volumesPath}/${name}`);
    await cluster.untilVolumeGone(name);
    await daemon.kill();
    await cluster.startDaemon();
    await boundWithFile(cluster, 'another');
    expect(await cluster.readFile(file)).toBe('content');
  });

  test('keeps its directory when its policy was changed to Retain while it was in use', async ({ cluster }) => {
    const daemon = await cluster.startDaemon();
    const { name, file } = await boundWithFile(cluster, 'data');
    await cluster.api.patch(`${volumesPath}/${name}`, { spec: { persistentVolumeReclaimPolicy: 'Retain' } });
    await until(
      'our finalizer is off',
      async () => !(await cluster.readVolume(name))?.metadata.finalizers?.includes(finalizer),
    );
    await cluster.deleteClaim('data');
    await until('the volume is released', async () => (await cluster.readVolume(name))?.status.phase === 'Released');
    await cluster.api.delete(`${volumesPath}/${name}`);
    await cluster.untilVolumeGone(name);
    await daemon.kill();
    await cluster.startDaemon();
    expect(await cluster.readFile(file)).toBe('content');
  });

  test('is protected by our finalizer again when its policy was changed from Retain to Delete', async ({ cluster }) => {
    const className = uniqueName('retain');
    await cluster.createClass(className, { reclaimPolicy: 'Retain' });
    await cluster.startDaemon();
    const { name, directory } = await boundWithFile(cluster, 'data', { spec: { storageClassName: className } });
    await cluster.api.patch(`${volumesPath}/${name}`, { spec: { persistentVolumeReclaimPolicy: 'Delete' } });
    await until('our finalizer is on', async () =>
      (await cluster.readVolume(name))?.metadata.finalizers?.includes(finalizer),
    );
    await cluster.deleteClaim('data');
    await cluster.untilVolumeGone(name);
    await untilErased(cluster, directory);
  });
});

/** Registers a volume like `model` under another name, with another path and a claim that never was. */
async function forge(cluster: Cluster, model: Json, name: string, path: string): Promise<void> {
  const { labels, annotations } = model.metadata;
  const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: cluster.namespace, name: 'nobody' };
  await cluster.api.create(volumesPath, {
    ...model,
    metadata: { name, labels, annotations, finalizers: [finalizer] },
    spec: { ...model.spec, hostPath: { path, type: 'Directory' }, claimRef: { ...claimRef, uid: uniqueName('uid') } },
    status: undefined,
  });
}

/** Waits for the Event that refuses a forged volume, then takes the volume away. */
async function untilRefused(cluster: Cluster, name: string, reason: string): Promise<void> {
  await until('an Event says what is wrong', async () =>
    (await cluster.eventsOf(name)).some((event) => event.startsWith(`Warning VolumeFailedDelete: ${reason}`)),
  );
  expect(await cluster.readVolume(name)).toBeDefined();
  await cluster.api.patch(`${volumesPath}/${name}`, { metadata: { finalizers: null } });
  await cluster.api.send('DELETE', `${volumesPath}/${name}`);
}

describe('volumes that are forged', () => {
  test.for([
    ['the base directory itself', (base: string) => base],
    ['a sibling of the base directory', (base: string) => `${base}-evil/x`],
    ['another volume of ours', (_: string, victim: string) => victim],
    ['a place outside', () => '/etc'],
  ] as const)(
    'a released volume whose path is %s removes nothing, and an Event says so',
    async ([, pathOf], { cluster }) => {
      await cluster.startDaemon();
      const { file, directory, volume } = await boundWithFile(cluster, 'victim');
      const name = `pvc-${randomUUID()}`;
      await forge(cluster, volume, name, pathOf(cluster.base, directory));
      await untilRefused(cluster, name, 'PathNotOurs');
      expect(await cluster.readFile(file)).toBe('content');
    },
  );

  test('a released volume of a name that we never give removes nothing', async ({ cluster }) => {
    await cluster.startDaemon();
    const { file, volume } = await boundWithFile(cluster, 'victim');
    const name = uniqueName('forged');
    await forge(cluster, volume, name, join(cluster.base, name));
    await untilRefused(cluster, name, 'NameNotOurs');
    expect(await cluster.readFile(file)).toBe('content');
  });

  test('a released volume that takes the name and path of a directory without our record removes nothing', async ({
    cluster,
  }) => {
    await cluster.startDaemon();
    const { volume } = await boundWithFile(cluster, 'model');
    const name = `pvc-${randomUUID()}`;
    const directory = join(cluster.base, name);
    await mkdir(directory);
    await writeFile(join(directory, 'precious'), 'content');
    await forge(cluster, volume, name, directory);
    await untilRefused(cluster, name, 'NoRecord');
    expect(await cluster.readFile(join(directory, 'precious'))).toBe('content');
  });
});
