import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { uniqueName } from '../support/build.ts';
import { capabilityMask, processStatus, shippedCapabilities, withCapabilities } from '../support/capabilities.ts';
import type { Cluster } from '../support/cluster.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';

const tenant = 1001;
const otherTenant = 1002;

const canLimit = process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).status === 0;
if (!canLimit) console.warn('without root and setpriv no capability can be taken away; the tests of that are skipped');

async function own(path: string, uid: number, mode: number): Promise<void> {
  await chown(path, uid, uid);
  await chmod(path, mode);
}

/** A directory of a tenant that nobody may enter, with a file in it. */
async function closedDirectory(volume: string): Promise<void> {
  const directory = join(volume, 'closed');
  await mkdir(directory);
  await writeFile(join(directory, 'file'), 'content');
  await own(join(directory, 'file'), tenant, 0o000);
  await own(directory, tenant, 0o000);
}

/** A directory of a tenant with a file of another one in it, which only its two owners may remove. */
async function stickyDirectory(volume: string): Promise<void> {
  const directory = join(volume, 'sticky');
  await mkdir(directory);
  await writeFile(join(directory, 'file'), 'content');
  await own(join(directory, 'file'), otherTenant, 0o600);
  await own(directory, tenant, 0o1777);
}

const untilTrashIsEmpty = (cluster: Cluster): Promise<true> =>
  until('the trash is empty', async () => (await cluster.journal('trash')).length === 0);

/** A daemon that may not do all that the manifests let it do. */
const startWithout = (cluster: Cluster, capability: string) =>
  cluster.startDaemon({ prefix: withCapabilities(shippedCapabilities.filter((name) => name !== capability)) });

const startAsShipped = (cluster: Cluster) => cluster.startDaemon({ prefix: withCapabilities(shippedCapabilities) });

async function createOwnedClaim(cluster: Cluster): Promise<void> {
  const className = uniqueName('owned');
  await cluster.createClass(className, {
    parameters: { directoryOwner: `${tenant}:${tenant}`, directoryMode: '0700' },
  });
  await cluster.createClaim('owned', { spec: { storageClassName: className } });
}

describe.skipIf(!canLimit)('the capabilities of the shipped manifests', () => {
  test('are all that the daemon has, and suffice for tenants of any user and any mode', async ({ cluster }) => {
    const daemon = await startAsShipped(cluster);
    const shipped = capabilityMask(shippedCapabilities);
    expect(processStatus(daemon.process.pid ?? 0)).toMatchObject({
      CapEff: shipped,
      CapPrm: shipped,
      CapBnd: shipped,
      NoNewPrivs: '1',
    });

    await createOwnedClaim(cluster);
    const { volume, directory } = await cluster.untilBound('owned');
    expect(await stat(directory)).toMatchObject({ uid: tenant, gid: tenant, mode: 0o40700 });
    await closedDirectory(directory);
    await stickyDirectory(directory);
    await cluster.deleteClaim('owned');
    await cluster.untilVolumeGone(volume.metadata.name);
    await untilTrashIsEmpty(cluster);
    expect(daemon.warnings).toEqual([]);
  });

  test('CHOWN gives a directory to the owner that its class names; without it the claim is told so', async ({
    cluster,
  }) => {
    const daemon = await startWithout(cluster, 'CHOWN');
    await createOwnedClaim(cluster);
    await until('the claim has an Event that says why', async () =>
      (await cluster.eventsOf('owned')).some((event) =>
        /ProvisioningFailed: PermissionDenied: .*EPERM, fchown/.test(event),
      ),
    );
    await daemon.kill();

    await startAsShipped(cluster);
    await cluster.untilBound('owned');
  });

  test.for([
    ['DAC_OVERRIDE', 'empties directories that only their owner may enter', closedDirectory, /closed.*EACCES/],
    ['FOWNER', 'removes what lies in sticky directories of others', stickyDirectory, /\/file: .*EPERM, unlink/],
  ] as const)('%s %s; without it the log says what is left', async ([capability, , fill, problem], { cluster }) => {
    const daemon = await startWithout(cluster, capability);
    await cluster.createClaim('data');
    const { volume, directory } = await cluster.untilBound('data');
    await fill(directory);
    await cluster.deleteClaim('data');
    await cluster.untilVolumeGone(volume.metadata.name);
    await until('the log says what is left', () =>
      daemon.log.some(({ msg, problems }) => msg.startsWith('trash not erased') && problem.test(String(problems))),
    );
    expect(await cluster.journal('trash')).toEqual([volume.metadata.name]);
    await daemon.kill();

    await startAsShipped(cluster);
    await untilTrashIsEmpty(cluster);
  });
});
