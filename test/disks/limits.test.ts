import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Json } from '../support/api.ts';
import type { Cluster } from '../support/cluster.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';
import { Disk, workplace } from './disk.ts';
import { obstacles } from './obstacles.ts';
import { controlQuotas, withoutSimpleQuotas } from './quotas.ts';

const mib = 2 ** 20;
const parameters = { quota: 'enforce', volumeType: 'local' };

/** Appends as a tenant until no more can be written, at most 200 MiB. @returns how many bytes the file has then */
function fill(path: string): number {
  const script = `const fs = require('node:fs'); const file = fs.openSync(process.argv[1], 'a');
    try { while (fs.fstatSync(file).size < ${200 * mib}) fs.writeSync(file, Buffer.alloc(65536, 'x')); } catch {}
    console.log(fs.fstatSync(file).size);`;
  const told = spawnSync(process.execPath, ['-e', script, path], { uid: 1000, gid: 1000, encoding: 'utf8' });
  return Number(told.stdout);
}

const untilEvent = (cluster: Cluster, claim: string, text: RegExp) =>
  until(`an Event of claim ${claim} says ${text}`, async () =>
    (await cluster.eventsOf(claim)).some((event) => text.test(event)),
  );

/** A base directory on btrfs with simple quotas, and a class that enforces them. */
async function limitedCluster(cluster: Cluster) {
  const disk = new Disk('btrfs', workplace(), { sizeMiB: 1_024 }).mount();
  controlQuotas(disk.point, 'enableSimple');
  const baseDirectory = join(disk.point, 'base');
  mkdirSync(baseDirectory);
  const className = `${cluster.className}-limited`;
  await cluster.createClass(className, { parameters, allowVolumeExpansion: true });
  const daemon = await cluster.startDaemon({ baseDirectory });
  const claim = (name: string, storage: string) =>
    cluster.createClaim(name, { spec: { storageClassName: className, resources: { requests: { storage } } } });
  return { baseDirectory, daemon, claim };
}

const groupsOf = (): string[] =>
  readdirSync('/sys/fs/btrfs').flatMap((id) => {
    const folder = `/sys/fs/btrfs/${id}/qgroups`;
    try {
      return readdirSync(folder).filter((name) => name.startsWith('1_2000'));
    } catch {
      return []; // no file system, or one without quotas
    }
  });

describeUnless('limits of claims', [...obstacles(), ...withoutSimpleQuotas()])('a class that enforces quotas', () => {
  test('holds each claim to its size, grows it while it is full, and frees what held it', async ({ cluster }) => {
    const { baseDirectory, daemon, claim } = await limitedCluster(cluster);
    expect(daemon.hasLoaded('koffi')).toBe(false);
    await claim('small', '16Mi');
    await claim('other', '64Mi');
    const { directory, volume } = await cluster.untilBound('small');
    const other = await cluster.untilBound('other');
    expect(daemon.hasLoaded('koffi')).toBe(true);
    const written = fill(join(directory, 'log'));
    expect(written).toBeGreaterThan(12 * mib);
    expect(written).toBeLessThanOrEqual(16 * mib);
    expect(fill(join(other.directory, 'log'))).toBeGreaterThan(48 * mib);

    const requests = { storage: '32Mi' };
    await cluster.api.patch(`${cluster.claimsPath}/small`, { spec: { resources: { requests } } });
    await until('the claim has its new size', async () => {
      const { status } = (await cluster.readClaim('small')) as Json;
      return status.capacity.storage === '32Mi';
    });
    await until('more can be written', async () => fill(join(directory, 'log')) > written + 8 * mib);
    expect(fill(join(directory, 'log'))).toBeLessThanOrEqual(32 * mib);

    const { name } = volume.metadata;
    const record = JSON.parse(readFileSync(join(baseDirectory, `.hostpath-provisioner/volumes/${name}.json`), 'utf8'));
    expect(record.quota.bytes).toBe(32 * mib);
    expect(groupsOf()).toContain(`1_${record.quota.id}`);
    await cluster.deleteClaim('small');
    await cluster.untilVolumeGone(name);
    await until('its directory is erased', async () => !readdirSync(baseDirectory).includes(name));
  });

  test('promises no more than the disk has, says so with figures, and serves the claim once there is room', async ({
    cluster,
  }) => {
    const { claim } = await limitedCluster(cluster);
    await claim('first', '700Mi');
    await cluster.untilBound('first');
    await claim('second', '700Mi');
    await untilEvent(cluster, 'second', /ProvisioningFailed: NoRoom: the claim asks for 700 MiB.*promised 700 MiB/);
    await cluster.deleteClaim('first');
    await cluster.untilBound('second');
  });
});

test('a class that enforces quotas is refused where nothing can, with the command that changes it', async ({
  cluster,
}) => {
  await cluster.createClass(`${cluster.className}-limited`, { parameters });
  await cluster.startDaemon();
  await cluster.createClaim('data', { spec: { storageClassName: `${cluster.className}-limited` } });
  await untilEvent(
    cluster,
    'data',
    /ProvisioningFailed: QuotaNotSupported: .*\b(tune2fs|prjquota|btrfs quota|mounted)\b/,
  );
});
