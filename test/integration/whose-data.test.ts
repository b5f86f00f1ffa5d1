import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject } from 'vitest';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { startFaultProxy, upstreamOf } from '../faults/proxy/fault-proxy.ts';
import { uniqueName } from '../support/build.ts';
import { Cluster } from '../support/cluster.ts';
import type { DaemonProcess } from '../support/daemon-process.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';
import { fingerprints, labelOf, volumesPath } from './scene.ts';

/** A bound claim with a file in its volume. */
async function filled(cluster: Cluster, claim: string, changes = {}) {
  await cluster.createClaim(claim, changes);
  const { volume, directory } = await cluster.untilBound(claim);
  await writeFile(join(directory, 'precious'), `content of ${claim}`);
  const { name } = volume.metadata;
  return { claim, name, directory, record: join(cluster.base, '.hostpath-provisioner/volumes', `${name}.json`) };
}

/** Provisions and deletes one more volume: when nothing is left of it, what lay there before has been looked at. */
async function proveAtWork(cluster: Cluster, base: string, changes = {}): Promise<void> {
  const { claim, name } = await filled(cluster, uniqueName('canary'), changes);
  await cluster.deleteClaim(claim);
  await cluster.untilVolumeGone(name);
  const places = [name, `.hostpath-provisioner/trash/${name}`, `.hostpath-provisioner/volumes/${name}.json`];
  await until('its directory and record are gone', () => !places.some((place) => existsSync(join(base, place))));
}

/** As people do it whose object "hangs". */
async function removeByForce(cluster: Cluster, path: string): Promise<void> {
  await cluster.api.delete(path);
  const mergePatch = { 'content-type': 'application/merge-patch+json' };
  await cluster.api.send('PATCH', path, { metadata: { finalizers: null } }, mergePatch); // some are gone already
  await until(`${path} is gone`, async () => (await cluster.api.get(path)) === undefined);
}

const untilKept = (daemon: DaemonProcess, reason: string, count: number): Promise<true> =>
  until(`${count} directories are kept: ${reason}`, async () => {
    const { text } = await daemon.get('/metrics');
    return text.includes(`hostpath_kept_directories{reason="${reason}"} ${count}\n`) || undefined;
  });

/** So short that whatever it allows to be erased is erased at once. */
const graceless = { GRACE_PERIOD: '1ms' };

describe('over a base directory that another cluster filled', () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = await startControlPlane({ kind: inject('controlPlane') });
  }, 120_000);
  afterAll(() => controlPlane.stop());

  test('the daemon touches nothing of that one, tells of it, serves new claims, and that one finds all as it was', async ({
    cluster,
  }) => {
    const first = await cluster.startDaemon();
    const volumes = [];
    for (const claim of ['one', 'two', 'three']) volumes.push(await filled(cluster, claim));
    await first.kill();
    const paths = [...volumes.flatMap(({ directory, record }) => [directory, record]), labelOf(cluster.base)];
    const before = fingerprints(paths);

    const second = await Cluster.make(controlPlane.adminKubeconfigPath);
    try {
      const { base: baseDirectory, nodeName, provisioner } = cluster;
      await second.createNode(nodeName);
      const className = uniqueName('class');
      await second.createClass(className, { provisioner });
      const ofClass = { spec: { storageClassName: className } };
      const settings = { baseDirectory, nodeName, provisionerNames: [provisioner], env: graceless };
      for (const start of ['first', 'second']) {
        const daemon = await second.startDaemon(settings);
        await untilKept(daemon, 'AnotherCluster', 3);
        await daemon.untilLogs('directories are kept without a volume of this cluster');
        await proveAtWork(second, baseDirectory, ofClass);
        expect(fingerprints(paths), start).toEqual(before);
        await daemon.kill();
      }
      const { uid } = (await cluster.api.get('/api/v1/namespaces/kube-system')).metadata;
      expect((await second.eventsOf(nodeName)).join('\n')).toMatch(
        new RegExp(
          `Warning DirectoriesKept: AnotherCluster: in ${baseDirectory}, the directories of 3 volumes.*${uid}.*restore pvc-`,
        ),
      );
      await second.proveNothingDenied();
    } finally {
      await second.remove();
    }

    const returned = await cluster.startDaemon({ env: graceless });
    await proveAtWork(cluster, cluster.base);
    expect(fingerprints(paths)).toEqual(before);
    expect((await returned.get('/metrics')).text).not.toContain('hostpath_kept_directories{');
    await cluster.deleteClaim('one');
    await cluster.untilVolumeGone(volumes[0]?.name ?? '');
  });
});

describe('content that no deletion was witnessed for', () => {
  test.for(['while the daemon runs', 'while the daemon is down'])(
    'is kept and told when claim and volume were removed by force %s',
    async (when, { cluster }) => {
      const before = await cluster.startDaemon();
      const { claim, name, directory } = await filled(cluster, 'data');
      if (when === 'while the daemon is down') await before.kill();
      const content = fingerprints([directory]);
      for (const path of [`${volumesPath}/${name}`, `${cluster.claimsPath}/${claim}`])
        await removeByForce(cluster, path);
      const daemon = when === 'while the daemon is down' ? await cluster.startDaemon() : before;
      await untilKept(daemon, 'Abandoned', 1);
      await until('it is told', async () =>
        (await cluster.eventsOf(cluster.nodeName)).some((text) =>
          text.includes(`Abandoned: in ${cluster.base}, the directory of volume ${name}`),
        ),
      );
      await proveAtWork(cluster, cluster.base);
      expect(fingerprints([directory])).toEqual(content);
    },
  );
});

describe('a volume that is being deleted', () => {
  test('and becomes Retain while the daemon reads its claim keeps its directory', async ({ cluster }) => {
    const proxy = await startFaultProxy(upstreamOf(inject('adminKubeconfigPath')));
    try {
      const { server, caData } = proxy;
      const daemon = await cluster.startDaemon({ kubeconfigPath: await cluster.daemonKubeconfig({ server, caData }) });
      const { claim, name, directory } = await filled(cluster, 'data');
      await cluster.api.send('DELETE', `${volumesPath}/${name}`);
      await until('it is being deleted', async () => (await cluster.readVolume(name))?.metadata.deletionTimestamp);
      await daemon.untilLogs('volume left as it is');
      const content = fingerprints([directory]);
      let changed = false;
      proxy.hooks = {
        onRequest: async ({ label, name: read }) => {
          const isGone = (await cluster.readClaim(claim)) === undefined;
          if (label === 'GET persistentvolumeclaims' && read === claim && isGone && !changed) {
            changed = true;
            await cluster.api.patch(`${volumesPath}/${name}`, { spec: { persistentVolumeReclaimPolicy: 'Retain' } });
          }
          return { do: 'pass' };
        },
      };
      await cluster.deleteClaim(claim);
      await cluster.untilVolumeGone(name);
      expect(changed).toBe(true);
      await proveAtWork(cluster, cluster.base);
      expect(fingerprints([directory])).toEqual(content);
    } finally {
      await proxy.stop();
    }
  });
});
