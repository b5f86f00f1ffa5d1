import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { uniqueName } from '../support/build.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';

describe('a claim becomes a volume', () => {
  test('an Immediate claim is bound to a volume with everything that Kubernetes and users need of it', async ({
    cluster,
  }) => {
    await cluster.startDaemon();
    await cluster.createClaim('data');

    const { claim, volume, directory } = await cluster.untilBound('data');

    expect(volume.metadata.name).toBe(`pvc-${claim.metadata.uid}`);
    expect(directory).toBe(join(cluster.base, `pvc-${claim.metadata.uid}`));
    expect((await stat(directory)).mode & 0o7777).toBe(0o777);
    const base = JSON.parse(await cluster.readFile(join(cluster.base, '.hostpath-provisioner/base.json')));
    expect(volume.metadata).toMatchObject({
      annotations: {
        'pv.kubernetes.io/provisioned-by': cluster.provisioner,
        hostPathProvisionerIdentity: cluster.nodeName,
        'hostpath-provisioner/base-directory-id': base.id,
        'hostpath-provisioner/base-directory-mounted': 'false',
      },
      labels: { 'hostpath-provisioner/node': cluster.nodeName },
    });
    expect(volume.metadata.finalizers).toContain('external-provisioner.volume.kubernetes.io/finalizer');
    expect(volume.spec).toMatchObject({
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Mi' },
      hostPath: { path: directory, type: 'Directory' },
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: cluster.className,
      volumeMode: 'Filesystem',
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [cluster.nodeName] }] },
          ],
        },
      },
    });
    await until('the claim has its Event', async () =>
      (await cluster.eventsOf('data')).includes(
        `Normal ProvisioningSucceeded: Successfully provisioned volume ${volume.metadata.name}`,
      ),
    );
    expect(await cluster.journal('volumes')).toEqual([`${volume.metadata.name}.json`]);
  });

  test('a claim that waits for its first consumer is bound once this node is selected, and not before', async ({
    cluster,
  }) => {
    const className = uniqueName('late');
    await cluster.createClass(className, { volumeBindingMode: 'WaitForFirstConsumer' });
    await cluster.startDaemon();
    await cluster.createClaim('late', { spec: { storageClassName: className } });
    await cluster.createClaim('other', { spec: { storageClassName: className } });
    await cluster.createClaim('immediate');
    await cluster.untilBound('immediate');
    expect(await cluster.directories()).toHaveLength(1);

    const select = (name: string, node: string) =>
      cluster.api.patch(`${cluster.claimsPath}/${name}`, {
        metadata: { annotations: { 'volume.kubernetes.io/selected-node': node } },
      });
    await select('other', uniqueName('another-node'));
    await select('late', cluster.nodeName);

    await cluster.untilBound('late');
    expect((await cluster.readClaim('other')).status.phase).toBe('Pending');
    expect(await cluster.directories()).toHaveLength(2);
  });

  test('the affinity names the value of the hostname label, which is not the name of the node', async ({ cluster }) => {
    await cluster.api.patch(`/api/v1/nodes/${cluster.nodeName}`, {
      metadata: { labels: { 'kubernetes.io/hostname': 'ip-10-0-0-1' } },
    });
    await cluster.startDaemon();
    await cluster.createClaim('data');
    const { volume } = await cluster.untilBound('data');
    const [term] = volume.spec.nodeAffinity.required.nodeSelectorTerms;
    expect(term.matchExpressions[0].values).toEqual(['ip-10-0-0-1']);
  });

  test('class parameters, mount options and reclaim policy are honoured', async ({ cluster }) => {
    const className = uniqueName('special');
    const owner = process.getuid?.() === 0 ? '1001:1002' : `${process.getuid?.()}:${process.getgid?.()}`;
    await cluster.createClass(className, {
      parameters: { volumeType: 'local', directoryMode: '0750', directoryOwner: owner },
      mountOptions: ['noatime'],
      reclaimPolicy: 'Retain',
    });
    await cluster.startDaemon();
    await cluster.createClaim('special', { spec: { storageClassName: className, accessModes: ['ReadWriteMany'] } });

    const { volume, directory } = await cluster.untilBound('special');

    expect(volume.spec).toMatchObject({
      accessModes: ['ReadWriteMany'],
      local: { path: directory },
      mountOptions: ['noatime'],
      persistentVolumeReclaimPolicy: 'Retain',
    });
    await until('the journal has noted that it is kept, so that our finalizer can go', async () => {
      const { finalizers = [] } = (await cluster.readVolume(volume.metadata.name)).metadata;
      return !finalizers.includes('external-provisioner.volume.kubernetes.io/finalizer');
    });
    const { mode, uid, gid } = await stat(directory);
    expect([(mode & 0o7777).toString(8), `${uid}:${gid}`]).toEqual(['750', owner]);
  });

  test('a class with allowedTopologies of this node is served', async ({ cluster }) => {
    const className = uniqueName('zoned');
    await cluster.api.patch(`/api/v1/nodes/${cluster.nodeName}`, { metadata: { labels: { zone: 'a' } } });
    await cluster.createClass(className, {
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a', 'b'] }] }],
    });
    await cluster.startDaemon();
    await cluster.createClaim('data', { spec: { storageClassName: className } });
    await cluster.untilBound('data');
  });

  test.for([
    ['one byte', '1'],
    ['an exbibyte', '1Ei'],
    ['a fraction', '1.5Gi'],
  ] as const)('a claim of %s gets a volume of just that size', async ([, size], { cluster }) => {
    await cluster.startDaemon();
    await cluster.createClaim('sized', { spec: { resources: { requests: { storage: size } } } });
    const { volume, claim } = await cluster.untilBound('sized');
    expect(volume.spec.capacity.storage).toBe(claim.spec.resources.requests.storage);
  });

  test('names with dots and of 253 characters are served', async ({ cluster }) => {
    const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;
    await cluster.startDaemon();
    await cluster.createClaim(long);
    await cluster.createClaim('broker-data.0');
    await cluster.untilBound(long);
    await cluster.untilBound('broker-data.0');
    await until('the long claim has its Event', async () => (await cluster.eventsOf(long)).length > 0);
  });

  test('a class given by the beta annotation is served', async ({ cluster }) => {
    await cluster.startDaemon();
    await cluster.createClaim('old', {
      metadata: { annotations: { 'volume.beta.kubernetes.io/storage-class': cluster.className } },
      spec: { storageClassName: undefined },
    });
    await cluster.untilBound('old');
  });

  test('a hundred claims at once are all bound, each to a directory of its own, by one write each', async ({
    cluster,
  }) => {
    const daemon = await cluster.startDaemon();
    const names = Array.from({ length: 100 }, (_, index) => `claim-${index}`);
    await Promise.all(names.map((name) => cluster.createClaim(name)));
    const bound = await Promise.all(names.map((name) => cluster.untilBound(name)));
    expect(new Set(bound.map(({ directory }) => directory)).size).toBe(100);
    expect(await cluster.directories()).toHaveLength(100);
    const { text } = await daemon.get('/metrics');
    expect(text).toContain(
      `controller_persistentvolumeclaim_provision_total{class="${cluster.className}",source=""} 100`,
    );
  });
});

describe('claims that are not ours', () => {
  test('a claim of another provisioner is left alone, without an Event of ours', async ({ cluster }) => {
    const className = uniqueName('foreign');
    await cluster.createClass(className, { provisioner: uniqueName('someone') });
    await cluster.startDaemon();
    await cluster.createClaim('foreign', { spec: { storageClassName: className } });
    await cluster.createClaim('ours');
    await cluster.untilBound('ours');
    expect((await cluster.readClaim('foreign')).status.phase).toBe('Pending');
    expect((await cluster.eventsOf('foreign')).filter((event) => event.includes('ProvisioningFailed'))).toEqual([]);
  });

  test('the GA annotation wins over a beta one that says otherwise', async ({ cluster }) => {
    await cluster.startDaemon();
    await cluster.createClaim('theirs', {
      metadata: {
        annotations: {
          'volume.kubernetes.io/storage-provisioner': 'someone.example/else',
          'volume.beta.kubernetes.io/storage-provisioner': cluster.provisioner,
        },
      },
      spec: { storageClassName: 'no-such-class' },
    });
    await cluster.createClaim('ours');
    await cluster.untilBound('ours');
    expect(await cluster.directories()).toHaveLength(1);
  });
});

describe('a claim that changes while nobody looks', () => {
  test('a claim made while the daemon is down is served when it comes', async ({ cluster }) => {
    await cluster.createClaim('early');
    await cluster.startDaemon();
    await cluster.untilBound('early');
  });

  test('a claim deleted and made again under its name while the daemon is down gets a new, empty directory', async ({
    cluster,
  }) => {
    const first = await cluster.startDaemon();
    await cluster.createClaim('data');
    const before = await cluster.untilBound('data');
    await first.kill('SIGKILL');
    await cluster.deleteClaim('data');
    await until('the first claim is gone', async () => (await cluster.readClaim('data')) === undefined);
    await cluster.createClaim('data');

    await cluster.startDaemon();

    const after = await cluster.untilBound('data');
    expect(after.directory).not.toBe(before.directory);
    await cluster.untilVolumeGone(before.volume.metadata.name);
    await until(
      'the old directory is erased',
      async () => !existsSync(before.directory) && (await cluster.journal('trash')).length === 0,
    );
  });
});
