import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { claim, uniqueName } from '../support/build.ts';
import type { Cluster } from '../support/cluster.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';

const volumesPath = '/api/v1/persistentvolumes';

/** A claim that is bound to a volume and directory as the original provisioner made them: no label, finalizer or record. */
async function originalVolume(cluster: Cluster, changes: { reclaimPolicy?: string; path?: string } = {}) {
  const claimName = uniqueName('data');
  const { metadata } = await cluster.api.create(
    cluster.claimsPath,
    claim(claimName, { spec: { storageClassName: cluster.className } }),
  );
  const name = `pvc-${metadata.uid}`;
  const directory = join(cluster.base, name);
  await mkdir(directory);
  await writeFile(join(directory, 'segment'), 'content');
  const volume: Json = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      annotations: {
        'pv.kubernetes.io/provisioned-by': cluster.provisioner,
        hostPathProvisionerIdentity: cluster.nodeName,
      },
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Mi' },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: cluster.namespace,
        name: claimName,
        uid: metadata.uid,
      },
      hostPath: { path: changes.path ?? directory },
      persistentVolumeReclaimPolicy: changes.reclaimPolicy ?? 'Delete',
      storageClassName: cluster.className,
    },
  };
  await cluster.api.create(volumesPath, volume);
  await cluster.untilBound(claimName);
  return { claimName, name, directory, file: join(directory, 'segment') };
}

const untilAdopted = (cluster: Cluster, name: string): Promise<true> =>
  until(`volume ${name} is adopted`, async () => {
    const { metadata } = await cluster.readVolume(name);
    if (metadata.labels?.['hostpath-provisioner/node'] !== cluster.nodeName) throw new Error(JSON.stringify(metadata));
    return true;
  });

describe('a volume of the original provisioner', () => {
  test('is adopted with its content, and deleted with its claim', async ({ cluster }) => {
    const { claimName, name, file } = await originalVolume(cluster);
    await cluster.startDaemon();
    await untilAdopted(cluster, name);
    expect(await cluster.readFile(file)).toBe('content');
    await cluster.deleteClaim(claimName);
    await cluster.untilVolumeGone(name);
    await until('its directory is erased', async () => (await cluster.directories()).length === 0);
  });

  test('that was released while nobody ran is adopted and deleted', async ({ cluster }) => {
    const { claimName, name } = await originalVolume(cluster);
    await cluster.deleteClaim(claimName);
    await cluster.startDaemon();
    await cluster.untilVolumeGone(name);
    await until('its directory is erased', async () => (await cluster.directories()).length === 0);
  });

  test('with policy Retain stays when its claim goes', async ({ cluster }) => {
    const { claimName, name, file } = await originalVolume(cluster, { reclaimPolicy: 'Retain' });
    const daemon = await cluster.startDaemon();
    await untilAdopted(cluster, name);
    await cluster.deleteClaim(claimName);
    await until('it is released', async () => (await cluster.readVolume(name)).status.phase === 'Released');
    await daemon.kill();
    await cluster.startDaemon();
    expect(await cluster.readFile(file)).toBe('content');
    expect((await cluster.readVolume(name)).status.phase).toBe('Released');
  });

  test('that names another path is neither adopted nor deleted', async ({ cluster }) => {
    const elsewhere = await cluster.makeBase('elsewhere');
    const { claimName, name, file } = await originalVolume(cluster, { path: elsewhere });
    await cluster.startDaemon();
    await cluster.deleteClaim(claimName);
    await cluster.createClaim('canary');
    await cluster.untilBound('canary');
    expect((await cluster.readVolume(name)).metadata.labels).toBeUndefined();
    expect(await cluster.readFile(file)).toBe('content');
  });

  test('cannot be forged once the daemon has been there: the directory stays as it is', async ({ cluster }) => {
    await (await cluster.startDaemon()).kill();
    const firstUse = Date.now();
    await until(
      'the next second has come, because Kubernetes tells times in seconds',
      () => Date.now() - firstUse > 1_000,
    );
    const { claimName, name, file } = await originalVolume(cluster);
    await cluster.deleteClaim(claimName);
    await until('it is released', async () => (await cluster.readVolume(name)).status.phase === 'Released');
    const daemon = await cluster.startDaemon();
    await until(
      'the daemon has looked at it',
      async () => daemon.log.some((line) => line.volume === name && line.reason === 'NoRecord') || undefined,
    );
    expect(await cluster.readFile(file)).toBe('content');
    expect(await cluster.journal('volumes')).toEqual([]);
  });
});

test('a volume of ours whose label somebody took off gets it back, and goes with its claim', async ({ cluster }) => {
  await cluster.startDaemon();
  await cluster.createClaim('data');
  const { volume } = await cluster.untilBound('data');
  const { name } = volume.metadata;
  await cluster.api.patch(`${volumesPath}/${name}`, { metadata: { labels: null } });
  await untilAdopted(cluster, name);
  await cluster.deleteClaim('data');
  await cluster.untilVolumeGone(name);
});

test('directories without a record are counted, and left alone', async ({ cluster }) => {
  const foreign = join(cluster.base, `pvc-${randomUUID()}`);
  await mkdir(foreign);
  const daemon = await cluster.startDaemon();
  await until('they are counted', async () =>
    (await daemon.get('/metrics')).text.includes('hostpath_orphan_directories{pool="default"} 1'),
  );
  expect(await cluster.directories()).toHaveLength(1);
});
