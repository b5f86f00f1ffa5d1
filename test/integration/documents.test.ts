import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import type { NodeDirectories } from '../../src/model/node-directories.ts';
import type { NodeStatus } from '../../src/model/node-status.ts';
import { version } from '../../src/model/version.ts';
import type { Cluster } from '../support/cluster.ts';
import { startCounting } from '../support/counting-daemon.ts';
import type { DaemonProcess } from '../support/daemon-process.ts';
import { documentedFields, fieldsOf } from '../support/documented-fields.ts';
import { test } from '../support/integration.ts';
import { runCommand } from '../support/run-command.ts';
import { until } from '../support/until.ts';
import { keepingClass, removedVolume } from './restoring.ts';

const statusOf = async (daemon: DaemonProcess): Promise<NodeStatus> => JSON.parse((await daemon.get('/volumes')).text);

const untilStatus = (daemon: DaemonProcess, what: string, isSo: (status: NodeStatus) => boolean): Promise<NodeStatus> =>
  until(what, async () => {
    const status = await statusOf(daemon);
    return isSo(status) && status;
  });

/** Fields that docs/json.md does not have, and those that are missing although it does not say that they may be. */
function unlikeThePage(kind: string, document: unknown): string[] {
  const documented = documentedFields(kind);
  const served = fieldsOf(document, ['keptDirectories']);
  const known = new Set(documented.map(({ path }) => path));
  return [
    ...[...served].filter((path) => !known.has(path)).map((path) => `not documented: ${path}`),
    ...documented.flatMap(({ path, mayBeAbsent }) => (mayBeAbsent || served.has(path) ? [] : [`missing: ${path}`])),
  ];
}

/** A node with a volume in use, one in the trash, and a directory without a record. */
async function nodeWithAll(cluster: Cluster) {
  await mkdir(join(cluster.base, 'orphan'));
  const className = await keepingClass(cluster);
  const daemon = await cluster.startDaemon();
  const removed = await removedVolume(cluster, 'removed', className);
  await cluster.createClaim('data');
  const { volume, directory } = await cluster.untilBound('data');
  return { daemon, className, removed: removed.name, name: volume.metadata.name as string, directory };
}

describe('the document at /volumes', () => {
  test('has the volumes, the trash and the orphans of the node, and the fields of docs/json.md', async ({
    cluster,
  }) => {
    const { daemon, removed, name } = await nodeWithAll(cluster);
    const isSeen = ({ baseDirectories: [base], volumes }: NodeStatus) =>
      base?.trash.volumes.length === 1 && base.orphans === 1 && volumes.length === 1;
    const status = await untilStatus(daemon, 'the daemon has seen all', isSeen);
    expect(status).toMatchObject({
      kind: 'NodeStatus',
      node: cluster.nodeName,
      version,
      baseDirectories: [
        { pool: 'default', path: cluster.base, usable: true, trash: { volumes: [{ volume: removed }] } },
      ],
      keptDirectories: {},
      volumes: [{ volume: name, pool: 'default', capacityBytes: 2 ** 20, availableBytes: expect.any(Number) }],
    });
    expect(unlikeThePage('NodeStatus', { ...status, troubles: ['shown when there are some'] })).toEqual([]);
  });

  test('says which volume lost its directory, and why the daemon is not ready', async ({ cluster }) => {
    const { daemon, name, directory } = await nodeWithAll(cluster);
    await rename(directory, join(cluster.folder, 'taken'));
    const lost = await untilStatus(
      daemon,
      'the volume is lost',
      ({ volumes }) => volumes[0]?.directoryMissing === true,
    );
    expect(lost.volumes[0]).toMatchObject({ volume: name, pool: 'default' });
    await rename(cluster.base, `${cluster.base}-away`);
    const { baseDirectories, troubles } = await untilStatus(
      daemon,
      'there is trouble',
      (status) => status.troubles.length > 0,
    );
    const [base] = baseDirectories;
    expect(base).toMatchObject({
      usable: false,
      reason: 'BaseDirectoryMissing',
      trash: { volumes: [expect.anything()] },
    });
    expect(base).not.toHaveProperty('freeBytes');
    expect(troubles).toEqual([expect.stringContaining(`${base?.reason}: ${base?.message}`)]);
  });

  test('is printed by the command status', async ({ cluster }) => {
    const daemon = await cluster.startDaemon();
    const port = daemon.log.find(({ httpPort }) => httpPort !== undefined)?.httpPort;
    const { code, stdout, stderr } = await runCommand(['status'], { env: { HTTP_ADDRESS: `[::]:${port}` } });
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'NodeStatus', node: cluster.nodeName });

    await daemon.kill();
    const without = await runCommand(['status', '--http-address', `[::]:${port}`]);
    expect([without.code, without.stdout]).toEqual([1, '']);
    expect(without.stderr).toMatch(
      /no daemon answers at http:\/\/127.0.0.1:\d+\/volumes \(.*ECONNREFUSED.*\)\. Run this/,
    );
  });
});

test('a volume in the trash uses there what it used before', async ({ cluster }) => {
  const daemon = await startCounting(cluster);
  onTestFinished(() => daemon.stop());
  const status = async (): Promise<NodeStatus> =>
    JSON.parse(await (await fetch(`http://127.0.0.1:${daemon.httpPort}/volumes`)).text());
  await cluster.createClaim('data', { spec: { storageClassName: await keepingClass(cluster) } });
  const { volume, directory } = await cluster.untilBound('data');
  await writeFile(join(directory, 'file'), Buffer.alloc(2 ** 20, 'x'));
  await until('the file is counted', async () => ((await status()).volumes[0]?.usedBytes ?? 0) >= 2 ** 20);
  await cluster.deleteClaim('data');
  const trash = await until('the trash is counted', async () => {
    const [base] = (await status()).baseDirectories;
    return base?.trash.volumes[0]?.usedBytes !== undefined && base.trash;
  });
  const { usedBytes = 0 } = trash;
  expect(trash).toEqual({ usedBytes, volumes: [{ volume: volume.metadata.name, usedBytes }] });
  expect(usedBytes).toBeGreaterThanOrEqual(2 ** 20);
});

describe('trash --output json', () => {
  test('prints what no volume stands for, with the fields of docs/json.md', async ({ cluster }) => {
    const { className, removed } = await nodeWithAll(cluster);
    const { code, stdout, stderr } = await runCommand(['trash', '--output', 'json'], {
      env: {
        KUBECONFIG: await cluster.daemonKubeconfig(),
        NODE_NAME: cluster.nodeName,
        BASE_DIRECTORY: cluster.base,
      },
    });
    expect([code, stderr]).toEqual([0, '']);
    const document: NodeDirectories = JSON.parse(stdout);
    const [base] = document.baseDirectories;
    expect(document).toMatchObject({ kind: 'NodeDirectories', node: cluster.nodeName });
    expect(base).toMatchObject({ pool: 'default', path: cluster.base, kept: [], orphans: ['orphan'] });
    expect(base?.trash).toEqual([
      {
        volume: removed,
        claim: { namespace: cluster.namespace, name: 'removed' },
        class: className,
        cluster: expect.any(String),
        capacity: '1Mi',
        removedAt: expect.any(String),
        keptUntil: expect.any(String),
      },
    ]);
    // There is no kept directory here whose name could be shown.
    const unlike = unlikeThePage('NodeDirectories', document);
    expect(unlike).toEqual(['missing: baseDirectories[].kept[].volume']);
  });

  test('has what it can without an API server and without one of the disks, and ends with 1', async ({ cluster }) => {
    const { name, removed } = await nodeWithAll(cluster);
    const missing = join(cluster.folder, 'missing');
    const args = ['--output', 'json', '--base-directory', cluster.base, '--base-directory', `other=${missing}`];
    const { code, stdout, stderr } = await runCommand(['trash', ...args]);
    const { baseDirectories, ...document }: NodeDirectories = JSON.parse(stdout);
    expect(document).toEqual({ apiVersion: 'hostpath-provisioner/v1', kind: 'NodeDirectories' });
    expect(baseDirectories).toEqual([
      expect.objectContaining({
        trash: [expect.objectContaining({ volume: removed })],
        kept: [expect.not.objectContaining({ reason: expect.anything() })],
        useUnknown: expect.stringContaining('--node-name is missing'),
      }),
      { pool: 'other', path: missing, problem: expect.stringContaining(missing), trash: [], kept: [], orphans: [] },
    ]);
    expect(baseDirectories[0]?.kept[0]?.volume).toBe(name);
    expect([code, stderr]).toEqual([1, expect.stringContaining(missing)]);
  });
});
