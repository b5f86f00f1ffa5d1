import { readdir, readFile, rename, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect } from 'vitest';
import { openVolumeStorage } from '../../src/disk/file-system-storage.ts';
import type { VolumeRecord } from '../../src/model/volume-record.ts';
import type { Json } from '../support/api.ts';
import type { Cluster } from '../support/cluster.ts';
import { test } from '../support/integration.ts';
import { runCommand } from '../support/run-command.ts';
import { until } from '../support/until.ts';
import { keepingClass, removedVolume } from './restoring.ts';

/** Two base directories, `ssd` and `hdd`, and a class for each. */
async function twoPools(cluster: Cluster) {
  const paths = { ssd: await cluster.makeBase('ssd'), hdd: await cluster.makeBase('hdd') };
  for (const pool of ['ssd', 'hdd'] as const)
    await cluster.createClass(classOf(cluster, pool), { parameters: { pool } });
  const baseDirectory = [`ssd=${paths.ssd}`, `hdd=${paths.hdd}`];
  return { paths, start: (changes = {}) => cluster.startDaemon({ baseDirectory, ...changes }) };
}

const classOf = (cluster: Cluster, pool: string) => `${cluster.className}-${pool}`;

const claimIn = (cluster: Cluster, pool: 'ssd' | 'hdd', name: string) =>
  cluster.createClaim(name, { spec: { storageClassName: classOf(cluster, pool) } });

const untilEvent = (cluster: Cluster, claim: string, text: RegExp) =>
  until(`an Event of claim ${claim} says ${text}`, async () =>
    (await cluster.eventsOf(claim)).some((event) => text.test(event)),
  );

const volumesIn = async (path: string) => (await readdir(path)).filter((name) => name.startsWith('pvc-'));

describe('two base directories of one node', () => {
  test('each get the volumes of the class that names them, and delete and erase their own', async ({ cluster }) => {
    const { paths, start } = await twoPools(cluster);
    await start();
    await claimIn(cluster, 'ssd', 'fast');
    await claimIn(cluster, 'hdd', 'large');
    const [fast, large] = [await cluster.untilBound('fast'), await cluster.untilBound('large')];
    expect([fast.directory, large.directory]).toEqual([
      join(paths.ssd, fast.volume.metadata.name),
      join(paths.hdd, large.volume.metadata.name),
    ]);
    await cluster.deleteClaim('fast');
    await until('the directory is erased, with its trash', async () => {
      const left = [
        ...(await volumesIn(paths.ssd)),
        ...(await readdir(join(paths.ssd, '.hostpath-provisioner/trash'))),
      ];
      return left.length === 0;
    });
    expect(await volumesIn(paths.hdd)).toEqual([large.volume.metadata.name]);
  });

  test('a class that names none of them is refused, with what the node has', async ({ cluster }) => {
    const { start } = await twoPools(cluster);
    await cluster.createClass(classOf(cluster, 'tape'), { parameters: { pool: 'tape' } });
    await start();
    await cluster.createClaim('data', { spec: { storageClassName: classOf(cluster, 'tape') } });
    await untilEvent(
      cluster,
      'data',
      /ProvisioningFailed: PoolUnknown: .*pool tape.*ssd, hdd.*--base-directory tape=PATH/,
    );
  });

  test('one that is missing stops only its own volumes, and the daemon stays ready', async ({ cluster }) => {
    const { paths, start } = await twoPools(cluster);
    const daemon = await start();
    await claimIn(cluster, 'hdd', 'kept');
    const { volume } = await cluster.untilBound('kept');
    await daemon.kill('SIGKILL');
    await rename(paths.hdd, `${paths.hdd}-away`);

    const next = await start();
    await claimIn(cluster, 'hdd', 'waits');
    await cluster.deleteClaim('kept');
    await claimIn(cluster, 'ssd', 'served');
    await cluster.createClaim('anywhere');
    await cluster.untilBound('served');
    expect((await cluster.untilBound('anywhere')).directory).toContain(`${paths.ssd}/`);
    await untilEvent(cluster, 'waits', /ProvisioningFailed: BaseDirectoryMissing: .*hdd/);
    expect((await next.get('/readyz')).status).toBe(200);
    expect((await next.get('/metrics')).text).toMatch(
      /^hostpath_base_directory_usable\{pool="hdd",reason="BaseDirectoryMissing"\} 0$/m,
    );

    await rename(`${paths.hdd}-away`, paths.hdd);
    await cluster.untilBound('waits');
    await cluster.untilVolumeGone(volume.metadata.name);
  });

  test('that lie at each other’s paths lose nothing, and that is told; back at their own, all goes on', async ({
    cluster,
  }) => {
    const { paths, start } = await twoPools(cluster);
    const daemon = await start();
    await claimIn(cluster, 'ssd', 'data');
    const { directory, volume } = await cluster.untilBound('data');
    await daemon.kill('SIGKILL');
    await swap(paths.ssd, paths.hdd);

    const next = await start();
    await until('the one is refused at the path of the other', async () =>
      (await next.get('/metrics')).text.includes(
        'hostpath_base_directory_usable{pool="hdd",reason="BaseDirectoryReplaced"} 0',
      ),
    );
    await next.untilLogs('volume in use has lost its directory');
    const { name } = volume.metadata;
    expect(await volumesIn(paths.hdd)).toEqual([name]);
    expect(await readdir(join(paths.hdd, '.hostpath-provisioner/volumes'))).toEqual([`${name}.json`]);

    await swap(paths.ssd, paths.hdd);
    await next.untilLogs('volume has its directory again');
    await cluster.deleteClaim('data');
    await cluster.untilVolumeGone(name);
    await until('the directory is erased', async () => !(await volumesIn(paths.ssd)).includes(basename(directory)));
  });

  test('one directory under two names is used under the first alone', async ({ cluster }) => {
    const { paths } = await twoPools(cluster);
    await symlink(cluster.folder, `${cluster.folder}/again`);
    const again = join(cluster.folder, 'again', 'ssd');
    const daemon = await cluster.startDaemon({ baseDirectory: [`ssd=${paths.ssd}`, `hdd=${again}`] });
    await claimIn(cluster, 'ssd', 'data');
    expect((await cluster.untilBound('data')).directory).toContain(`${paths.ssd}/`);
    expect((await daemon.get('/metrics')).text).toMatch(
      /^hostpath_base_directory_usable\{pool="hdd",reason="BaseDirectoryReplaced"\} 0$/m,
    );
  });

  test('a claim that was begun on a disk that is then missing gets its volume on the other one, and the first is cleaned up', async ({
    cluster,
  }) => {
    const { paths, start } = await twoPools(cluster);
    const { metadata } = await cluster.createClaim('data');
    await beginDirectory(cluster, metadata, paths.hdd);
    await rename(paths.hdd, `${paths.hdd}-away`);
    await start();
    expect((await cluster.untilBound('data')).directory).toContain(`${paths.ssd}/`);
    await rename(`${paths.hdd}-away`, paths.hdd);
    await until('the unused directory is gone, and its record', async () => {
      const left = [
        ...(await volumesIn(paths.hdd)),
        ...(await readdir(join(paths.hdd, '.hostpath-provisioner/volumes'))),
      ];
      return left.length === 0;
    });
    expect(await volumesIn(paths.ssd)).toEqual([`pvc-${metadata.uid}`]);
  });
});

async function swap(one: string, other: string): Promise<void> {
  await rename(one, `${one}-between`);
  await rename(other, one);
  await rename(`${one}-between`, other);
}

test('restore finds a volume although a base directory that is named before its own is missing', async ({
  cluster,
}) => {
  const { paths, start } = await twoPools(cluster);
  const daemon = await start();
  const className = await keepingClass(cluster, '1h', { parameters: { trashRetention: '1h', pool: 'hdd' } });
  const { name, content, file } = await removedVolume(cluster, 'data', className);
  await daemon.kill('SIGKILL');
  await rename(paths.ssd, `${paths.ssd}-away`);
  const env = {
    KUBECONFIG: await cluster.daemonKubeconfig(),
    NODE_NAME: cluster.nodeName,
    BASE_DIRECTORY: `ssd=${paths.ssd},hdd=${paths.hdd}`,
  };
  const restore = (volume: string) => runCommand(['restore', volume, '--claim', `${cluster.namespace}/data`], { env });
  expect(await restore(name)).toMatchObject({ code: 0, stderr: '' });
  expect(await readFile(file, 'utf8')).toBe(content);
  expect((await restore('pvc-elsewhere')).stderr).toContain(`${paths.ssd} does not exist`);
});

/** Leaves what a kill between directory and volume object leaves. */
async function beginDirectory(cluster: Cluster, { namespace, name, uid }: Json, basePath: string): Promise<void> {
  const { metadata } = await cluster.api.get('/api/v1/namespaces/kube-system');
  const ownCluster = { uid: metadata.uid, volumesIn: () => [] };
  const storage = openVolumeStorage({ basePath, nodeName: cluster.nodeName, knownBases: () => [], ownCluster });
  const record: VolumeRecord = {
    version: 1,
    volume: `pvc-${uid}`,
    claim: { namespace, name, uid },
    cluster: metadata.uid,
    class: cluster.className,
    node: cluster.nodeName,
    reclaimPolicy: 'Delete',
    createdAt: new Date().toISOString(),
  };
  await storage.makeDirectory(record, { mode: 0o777, owner: undefined });
  await storage.close();
}
