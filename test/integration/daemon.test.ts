import { rename } from 'node:fs/promises';
import { createServer } from 'node:net';
import { describe, expect } from 'vitest';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';

describe('start and stop', () => {
  test.for(['SIGTERM', 'SIGINT'] as const)(
    '%s in the midst of work ends it in half the time that Kubernetes gives, with status 0, and the next start finishes the work',
    async (signal, { cluster }) => {
      const names = Array.from({ length: 60 }, (_, index) => `claim-${index}`);
      await Promise.all(names.map((name) => cluster.createClaim(name)));
      const daemon = await cluster.startDaemon({ waitUntilReady: false });
      await until('work has begun', async () => (await cluster.directories()).length > 0);
      const started = Date.now();
      expect(await daemon.kill(signal)).toEqual({ code: 0, signal: null });
      expect(Date.now() - started).toBeLessThan(15_000);

      await cluster.startDaemon();
      for (const name of names) await cluster.untilBound(name);
      expect(await cluster.directories()).toHaveLength(60);
    },
  );

  test('claims and losses that wait at the start are told and counted once each', async ({ cluster }) => {
    const first = await cluster.startDaemon();
    await cluster.createClaim('lost');
    const { volume, directory } = await cluster.untilBound('lost');
    await first.kill();
    await rename(directory, `${directory}-away`);
    const names = Array.from({ length: 10 }, (_, index) => `claim-${index}`);
    await Promise.all(names.map((name) => cluster.createClaim(name)));
    await cluster.createClaim('refused', { spec: { volumeMode: 'Block' } });

    const daemon = await cluster.startDaemon();
    for (const name of names) await cluster.untilBound(name);
    const said = (message: string) => daemon.log.filter(({ msg }) => msg === message);
    await daemon.untilLogs('volume in use has lost its directory');
    await daemon.untilLogs('claim not provisioned');
    const { text } = await daemon.get('/metrics');
    const [, count] = /^controller_persistentvolumeclaim_provision_total\{.*\} (\d+)$/m.exec(text) ?? [];
    expect(Number(count)).toBe(names.length);
    expect(said('volume provisioned')).toHaveLength(names.length);
    expect(said('claim not provisioned')).toMatchObject([{ reason: 'BlockVolume' }]);
    expect(said('volume in use has lost its directory')).toMatchObject([{ volume: volume.metadata.name }]);
  });

  test('a daemon without limits does not load the library for their system calls', async ({ cluster }) => {
    await cluster.createClass(`${cluster.className}-growing`, { allowVolumeExpansion: true });
    const daemon = await cluster.startDaemon();
    await cluster.createClaim('data', { spec: { storageClassName: `${cluster.className}-growing` } });
    const { volume } = await cluster.untilBound('data');
    const grown = { spec: { resources: { requests: { storage: '2Mi' } } } };
    await cluster.api.patch(`${cluster.claimsPath}/data`, grown);
    await until('it has grown', async () => {
      const { status } = (await cluster.readClaim('data')) ?? {};
      return status?.capacity.storage === '2Mi';
    });
    expect((await daemon.get('/metrics')).text).toContain('hostpath_volume_capacity_bytes{');
    await cluster.deleteClaim('data');
    await cluster.untilVolumeGone(volume.metadata.name);
    expect(daemon.hasLoaded('libc.so')).toBe(true);
    expect(daemon.hasLoaded('koffi')).toBe(false);
  });

  test('an API server that is down at start is waited for, and /readyz says so meanwhile', async ({ cluster }) => {
    const kubeconfigPath = await cluster.daemonKubeconfig({ server: `https://127.0.0.1:${await freePort()}` });
    const daemon = await cluster.startDaemon({ kubeconfigPath, waitUntilReady: false });
    await until('/readyz says what is wrong', async () => {
      const { status, text: body } = await daemon.get('/readyz');
      return status === 503 && body.includes('persistentvolumeclaims:') && body.includes('ECONNREFUSED');
    });
    expect((await daemon.get('/healthz')).status).toBe(200);
    expect(daemon.process.exitCode).toBeNull();
    // Four watches fail for one cause.
    expect(daemon.log.filter(({ level }) => level >= 40)).toEqual([
      expect.objectContaining({ msg: 'API server cannot be used, retrying' }),
    ]);
  });

  test.for([
    ['the CA of another server', { caData: otherCa }, /certificate|self.signed/i],
    ['a token that is not taken', { token: 'expired' }, /Unauthorized/],
  ] as const)('%s keeps the daemon unready and says so', async ([, changes, words], { cluster }) => {
    const kubeconfigPath = await cluster.daemonKubeconfig(changes);
    const daemon = await cluster.startDaemon({ kubeconfigPath, waitUntilReady: false });
    await until('/readyz says what is wrong', async () => {
      const { status, text } = await daemon.get('/readyz');
      if (!words.test(text)) throw new Error(text);
      return status === 503;
    });
  });

  test('no access is denied to it by the shipped roles in a claim’s whole life', async ({ cluster }) => {
    const daemon = await cluster.startDaemon();
    await cluster.createClaim('data');
    const { volume } = await cluster.untilBound('data');
    await cluster.deleteClaim('data');
    await cluster.untilVolumeGone(volume.metadata.name);
    expect(daemon.warnings).toEqual([]);
  });
});

describe('more than one daemon', () => {
  test('two daemons of two nodes make one volume for a claim, and the loser leaves nothing and says nothing', async ({
    cluster,
  }) => {
    const second = `${cluster.nodeName}-b`;
    await cluster.createNode(second);
    await cluster.startDaemon();
    await cluster.startDaemon({ nodeName: second, baseDirectory: await cluster.makeBase('base-b') });
    const names = Array.from({ length: 20 }, (_, index) => `claim-${index}`);
    await Promise.all(names.map((name) => cluster.createClaim(name)));
    const bound = await Promise.all(names.map((name) => cluster.untilBound(name)));
    expect(new Set(bound.map(({ volume }) => volume.metadata.name)).size).toBe(20);
    await until('as many directories as volumes', async () => {
      const all = [...(await cluster.directories()), ...(await cluster.directories('base-b'))];
      if (all.length !== 20) throw new Error(`${all.length} directories`);
      return true;
    });
    const told = async (): Promise<string[]> => {
      const events = await cluster.api.list(`/api/v1/namespaces/${cluster.namespace}/events`);
      const ours = events.filter(({ source }) => source.component === cluster.provisioner);
      return ours.map(({ involvedObject, reason }) => `${involvedObject.name} ${reason}`).sort();
    };
    await until('every claim has its Event', async () => (await told()).length >= 20);
    expect(await told()).toEqual(names.map((name) => `${name} ProvisioningSucceeded`).sort());
  });
});

/** A certificate of nobody's, as base64 of PEM. */
const otherCa = Buffer.from(`-----BEGIN CERTIFICATE-----
MIIBhjCCAS2gAwIBAgIUd92TIFYxMWIxiqoKi2882arJRiwwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNc29tZWJvZHktZWxzZTAgFw0yNjExMjIyMjI4MzlaGA8yMTI2
MTAyOTIyMjgzOVowGDEWMBQGA1UEAwwNc29tZWJvZHktZWxzZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABHyh08dzyxJyStlyq79Ro1L1Q45ZaugOWHGhYDbtcYE/
HIMjBc5wE/wLc+SqrGEW6xZCt5eD+NOgZybEMvxHTTijUzBRMB0GA1UdDgQWBBSv
qP9mpzpu/Tyg3tMf7XdDHZiVmjAfBgNVHSMEGDAWgBSvqP9mpzpu/Tyg3tMf7XdD
HZiVmjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIEv/l/6qYDhv
NCBp5ysk3awKy6KUmp7631k94Q60mcTDAiAsTsQ2EcYEumnM+t32KHjbPptoUq8L
spgUf58tvestTQ==
-----END CERTIFICATE-----
`).toString('base64');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
