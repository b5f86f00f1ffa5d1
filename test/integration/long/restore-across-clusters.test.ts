import { existsSync, readFileSync } from 'node:fs';
import { chmod, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject } from 'vitest';
import { startControlPlane } from '../../control-plane/control-plane.ts';
import type { Json } from '../../support/api.ts';
import { Cluster } from '../../support/cluster.ts';
import { fingerprint } from '../../support/fingerprint.ts';
import { test as base } from '../../support/integration.ts';
import { type CommandEnd, runCommand } from '../../support/run-command.ts';
import { until } from '../../support/until.ts';
import { labelOf, volumesPath } from '../scene.ts';

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of fixtures from this pattern
  .extend('controlPlane', { scope: 'file' }, async ({}, { onCleanup }) => {
    const controlPlane = await startControlPlane({ kind: inject('controlPlane') });
    onCleanup(() => controlPlane.stop());
    return controlPlane;
  })
  .extend('rebuilt', async ({ cluster, controlPlane }, { onCleanup }) => {
    const other = await Cluster.make(controlPlane.adminKubeconfigPath, inject('program'));
    onCleanup(() => other.remove());
    await other.createNode(cluster.nodeName);
    await other.createClass(cluster.className, { provisioner: cluster.provisioner });
    return new Rebuilt(other, cluster);
  });

/** Another cluster over the base directory of the first, whose node, class and provisioner have the same names. */
class Rebuilt {
  readonly cluster: Cluster;
  readonly #first: Cluster;

  constructor(cluster: Cluster, first: Cluster) {
    this.cluster = cluster;
    this.#first = first;
  }

  startDaemon() {
    const { nodeName, provisioner, base: baseDirectory } = this.#first;
    return this.cluster.startDaemon({ nodeName, baseDirectory, provisionerNames: [provisioner] });
  }

  createClaim(name: string, changes: Json = {}): Promise<Json> {
    const spec = { storageClassName: this.#first.className, ...changes.spec };
    return this.cluster.createClaim(name, { ...changes, spec });
  }

  async trash(): Promise<string[][]> {
    const { code, stdout, stderr } = await this.#run(['trash']);
    expect([code, stderr]).toEqual([0, '']);
    return stdout
      .trimEnd()
      .split('\n')
      .map((row) => row.split(/ {2,}/));
  }

  restore(volume: string, claim: string, killAt?: number): Promise<CommandEnd> {
    return this.#run(['restore', volume, '--claim', `${this.cluster.namespace}/${claim}`], killAt);
  }

  async #run(args: string[], killAt?: number): Promise<CommandEnd> {
    const { nodeName, base: baseDirectory } = this.#first;
    const env = {
      KUBECONFIG: await this.cluster.daemonKubeconfig(),
      NODE_NAME: nodeName,
      BASE_DIRECTORY: baseDirectory,
      ...(killAt !== undefined && { KILL_AT: String(killAt) }),
    };
    const nodeOptions = killAt === undefined ? [] : ['--import', join(import.meta.dirname, '../../support/kill-at.ts')];
    return runCommand(args, { env, nodeOptions });
  }
}

interface Kept {
  name: string;
  directory: string;
  file: string;
  content: string;
}

/** Volumes that a cluster leaves behind, each with a file in it. */
async function leftBehind(cluster: Cluster, ...claims: string[]): Promise<Kept[]> {
  const daemon = await cluster.startDaemon();
  await Promise.all(claims.map((claim) => cluster.createClaim(claim)));
  const kept: Kept[] = [];
  for (const claim of claims) {
    const { volume, directory } = await cluster.untilBound(claim);
    const file = join(directory, 'precious');
    await writeFile(file, `content of ${claim}`);
    await chmod(directory, 0o750);
    kept.push({ name: volume.metadata.name, directory, file, content: `content of ${claim}` });
  }
  await daemon.kill('SIGKILL');
  return kept;
}

const recordPathOf = (cluster: Cluster, volume: string): string =>
  join(cluster.base, '.hostpath-provisioner/volumes', `${volume}.json`);

/** A file may have the records of several volumes, in a line each. */
function recordOf(cluster: Cluster, volume: string): Json {
  const lines = readFileSync(recordPathOf(cluster, volume), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line)).find((record) => record.volume === volume);
}

async function changeRecord(cluster: Cluster, volume: string, changes: Json): Promise<void> {
  const path = recordPathOf(cluster, volume);
  await writeFile(`${path}.new`, JSON.stringify({ ...recordOf(cluster, volume), ...changes }), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

const clusterUid = async (cluster: Cluster): Promise<string> =>
  (await cluster.api.get('/api/v1/namespaces/kube-system')).metadata.uid;

/** What an earlier version wrote: neither the cluster nor what the volume was like. */
async function makeEarlier(cluster: Cluster, volume: string): Promise<void> {
  await changeRecord(cluster, volume, { cluster: undefined, template: undefined });
  const { cluster: _ofLabel, ...label } = JSON.parse(readFileSync(labelOf(cluster.base), 'utf8'));
  await writeFile(labelOf(cluster.base), JSON.stringify(label));
}

async function removeByForce(cluster: Cluster, path: string): Promise<void> {
  const type = { 'content-type': 'application/merge-patch+json' };
  await cluster.api.send('DELETE', path);
  await cluster.api.send('PATCH', path, { metadata: { finalizers: null } }, type);
  await until(`${path} is gone`, async () => (await cluster.api.get(path)) === undefined);
}

describe('a directory that another cluster left in its place', () => {
  test('is listed, given to a claim that is made afterwards, and deleted with it once its volume says Delete', async ({
    cluster,
    rebuilt,
  }) => {
    const [kept] = (await leftBehind(cluster, 'data')) as [Kept];
    const uid = await clusterUid(cluster);
    const before = fingerprint(kept.directory);
    await rebuilt.startDaemon();
    expect(await rebuilt.trash()).toEqual([
      ['VOLUME', 'CLAIM', 'CLASS', 'CLUSTER', 'STATE'],
      [kept.name, `${cluster.namespace}/data`, cluster.className, uid, 'in its place, of another cluster'],
    ]);

    const { code, stdout, stderr } = await rebuilt.restore(kept.name, 'data');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`it belonged to cluster ${uid}, and belongs to this cluster now`);
    expect(fingerprint(kept.directory)).toEqual(before);
    expect(recordOf(cluster, kept.name)).toMatchObject({
      cluster: await clusterUid(rebuilt.cluster),
      reclaimPolicy: 'Retain',
    });
    expect(await rebuilt.trash()).toHaveLength(1);

    await rebuilt.createClaim('data');
    const { volume, directory } = await rebuilt.cluster.untilBound('data');
    expect([volume.metadata.name, directory]).toEqual([kept.name, kept.directory]);
    expect(volume.spec.persistentVolumeReclaimPolicy).toBe('Retain');
    expect(await cluster.directories()).toEqual([kept.name]);

    await rebuilt.cluster.api.patch(`${volumesPath}/${kept.name}`, {
      spec: { persistentVolumeReclaimPolicy: 'Delete' },
    });
    await rebuilt.cluster.deleteClaim('data');
    await rebuilt.cluster.untilVolumeGone(kept.name);
    await until('nothing is left of it', async () => (await cluster.journal('trash')).length === 0);
    expect([existsSync(kept.directory), await cluster.journal('volumes')]).toEqual([false, []]);
  });

  test('is given to a claim that waits for its first pod, of another name', async ({ cluster, rebuilt }) => {
    const [kept] = (await leftBehind(cluster, 'data')) as [Kept];
    await rebuilt.startDaemon();
    await rebuilt.cluster.api.delete(`/apis/storage.k8s.io/v1/storageclasses/${cluster.className}`);
    const { provisioner, className } = cluster;
    await rebuilt.cluster.createClass(className, { provisioner, volumeBindingMode: 'WaitForFirstConsumer' });
    await rebuilt.createClaim('other');
    expect(await rebuilt.restore(kept.name, 'other')).toMatchObject({ code: 0, stderr: '' });
    const { claim } = await rebuilt.cluster.untilBound('other');
    expect(claim.spec.volumeName).toBe(kept.name);
    expect(await cluster.readFile(kept.file)).toBe(kept.content);
  });

  test('whose record of an earlier version does not say what it was like, is given to the claim that restore asks for', async ({
    cluster,
    rebuilt,
  }) => {
    const [kept] = (await leftBehind(cluster, 'data')) as [Kept];
    await makeEarlier(cluster, kept.name);
    const before = fingerprint(cluster.base);
    const { code, stderr } = await rebuilt.restore(kept.name, 'data');
    expect([code, stderr]).toEqual([1, expect.stringContaining(`spec.volumeName "${kept.name}"`)]);
    expect(fingerprint(cluster.base)).toEqual(before);

    await rebuilt.startDaemon();
    await rebuilt.createClaim('data', { spec: { volumeName: kept.name } });
    expect((await rebuilt.trash())[1]?.slice(3)).toEqual(['-', 'in its place, of an unknown cluster']);
    expect(await rebuilt.restore(kept.name, 'data')).toMatchObject({ code: 0, stderr: '' });
    const { volume } = await rebuilt.cluster.untilBound('data');
    expect(volume.metadata.name).toBe(kept.name);
    expect(recordOf(cluster, kept.name)).toMatchObject({ template: { capacity: volume.spec.capacity.storage } });
    expect(await cluster.directories()).toEqual([kept.name]);
  });

  test('and whose volume a backup tool has made for the claim, is taken over, and deleted with that claim', async ({
    cluster,
    rebuilt,
  }) => {
    const [kept] = (await leftBehind(cluster, 'data')) as [Kept];
    const { metadata, spec } = await cluster.readVolume(kept.name);
    await rebuilt.cluster.api.create(volumesPath, {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: kept.name, labels: metadata.labels, annotations: metadata.annotations },
      spec: { ...spec, claimRef: { namespace: rebuilt.cluster.namespace, name: 'data' } },
    });
    await rebuilt.createClaim('data', { spec: { volumeName: kept.name } });
    await rebuilt.cluster.untilBound('data');
    await rebuilt.startDaemon();
    expect((await rebuilt.trash())[1]?.at(-1)).toBe(
      `in its place, of another cluster; claim ${rebuilt.cluster.namespace}/data has it here`,
    );
    const { code, stdout } = await rebuilt.restore(kept.name, 'data');
    expect([code, stdout]).toEqual([0, expect.stringContaining('with reclaim policy Delete')]);
    expect(await rebuilt.trash()).toHaveLength(1);
    await rebuilt.cluster.deleteClaim('data');
    await rebuilt.cluster.untilVolumeGone(kept.name);
    await until('its directory is gone', () => !existsSync(kept.directory));
  });

  test('is given back whole when restore was killed before any of its steps, beside the daemon', {
    timeout: 360_000,
  }, async ({ cluster, rebuilt }) => {
    const claims = Array.from({ length: 18 }, (_, n) => `data-${n}`);
    const kept = await leftBehind(cluster, ...claims);
    const daemon = await rebuilt.startDaemon();
    let step = 0;
    for (const { name } of kept) {
      const { signal } = await rebuilt.restore(name, `data-${step}`, step);
      if (signal === null) break;
      step += 1;
    }
    // Three changes of the file system and four lines of output, at the least.
    expect(step).toBeGreaterThanOrEqual(7);
    expect(step).toBeLessThan(kept.length);

    // A start looks at all that lies there; when it has deleted a volume, it has looked.
    await daemon.kill('SIGKILL');
    await rebuilt.startDaemon();
    await rebuilt.createClaim('canary');
    const { volume } = await rebuilt.cluster.untilBound('canary');
    await rebuilt.cluster.deleteClaim('canary');
    await rebuilt.cluster.untilVolumeGone(volume.metadata.name);
    for (const { file, content } of kept) expect(await cluster.readFile(file)).toBe(content);

    for (const [n, { name, file, content }] of kept.slice(0, step + 1).entries()) {
      expect(await rebuilt.restore(name, `data-${n}`)).toMatchObject({ code: 0, stderr: '' });
      await rebuilt.createClaim(`data-${n}`);
      const { claim } = await rebuilt.cluster.untilBound(`data-${n}`);
      expect(claim.spec.volumeName).toBe(name);
      expect(await cluster.readFile(file)).toBe(content);
    }
    expect(await cluster.directories()).toEqual(kept.map(({ name }) => name).sort());
  });
});

describe('in one cluster', () => {
  /** The commands, asked of the cluster that has the base directory. */
  const own = (cluster: Cluster) => new Rebuilt(cluster, cluster);

  test('a directory whose volume was removed by force is given to its claim again', async ({ cluster }) => {
    const [kept] = (await leftBehind(cluster, 'data')) as [Kept];
    await removeByForce(cluster, `${volumesPath}/${kept.name}`);
    expect(await own(cluster).restore(kept.name, 'data')).toMatchObject({ code: 0, stderr: '' });
    const bound = async () => (await cluster.readVolume(kept.name)).status.phase === 'Bound';
    await until('the volume is bound', bound);
    expect(await cluster.readFile(kept.file)).toBe(kept.content);
  });

  test('a directory whose claim and volume were removed by force is given to a new claim', async ({ cluster }) => {
    const [kept] = (await leftBehind(cluster, 'data')) as [Kept];
    await removeByForce(cluster, `${cluster.claimsPath}/data`);
    await removeByForce(cluster, `${volumesPath}/${kept.name}`);
    expect((await own(cluster).trash())[1]?.at(-1)).toBe('in its place, without claim and volume');
    expect(await own(cluster).restore(kept.name, 'data')).toMatchObject({ code: 0, stderr: '' });
    await cluster.startDaemon();
    await cluster.createClaim('data');
    const { claim } = await cluster.untilBound('data');
    expect(claim.spec.volumeName).toBe(kept.name);
    expect(await cluster.readFile(kept.file)).toBe(kept.content);
  });

  test('without an API server, trash lists what the journal has, and says why it knows no more', async ({
    cluster,
  }) => {
    const [kept] = (await leftBehind(cluster, 'data')) as [Kept];
    const env = {
      KUBECONFIG: await cluster.daemonKubeconfig({ server: 'https://127.0.0.1:1' }),
      NODE_NAME: cluster.nodeName,
      BASE_DIRECTORY: cluster.base,
    };
    const { code, stdout } = await runCommand(['trash'], { env });
    const [, row, said] = stdout.split('\n');
    expect([code, row?.startsWith(kept.name), row?.endsWith('in its place')]).toEqual([0, true, true]);
    expect(said).toMatch(/in use are listed.*the API server could not be asked.*ECONNREFUSED/);
  });
});
