import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { isSince } from '../contract/since.ts';
import { uniqueName } from '../support/build.ts';
import type { Cluster } from '../support/cluster.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';

const untilToldWhy = (cluster: Cluster, claim: string, reason: string, ...words: string[]): Promise<string> =>
  until(`claim ${claim} has an Event with ${reason}`, async () => {
    const events = await cluster.eventsOf(claim);
    const found = events.find((event) => event.startsWith(`Warning ProvisioningFailed: ${reason}`));
    if (found === undefined || !words.every((word) => found.includes(word))) throw new Error(JSON.stringify(events));
    return found;
  });

describe('a claim that cannot be served as it is has an Event that says why', () => {
  test.for([
    [
      'an unknown parameter',
      { parameters: { pathPattern: '../../etc' } },
      {},
      'ClassParameterInvalid',
      ['pathPattern', 'volumeType'],
    ],
    [
      'an invalid parameter',
      { parameters: { directoryMode: 'rwx' } },
      {},
      'ClassParameterInvalid',
      ['directoryMode', 'octal'],
    ],
    ['a Block volume', {}, { volumeMode: 'Block' }, 'BlockVolume', ['does not support block volume provisioning']],
    ['a selector', {}, { selector: { matchLabels: { a: 'b' } } }, 'Selector', ['spec.selector']],
    [
      'a data source',
      {},
      { dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'daily' } },
      'DataSource',
      ['VolumeSnapshot/daily'],
    ],
    // Until then the API server drops the field, unless it was told otherwise.
    ...(isSince('1.34')
      ? ([
          ['an attributes class', {}, { volumeAttributesClassName: 'gold' }, 'VolumeAttributesClass', ['"gold"']],
        ] as const)
      : []),
    ['mount options for hostPath', { mountOptions: ['noatime'] }, {}, 'MountOptions', ['noatime', 'volumeType: local']],
    [
      'a class of other nodes',
      { allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['elsewhere'] }] }] },
      {},
      'NodeNotAllowed',
      ['allowedTopologies'],
    ],
  ] as const)('%s', async ([, classChanges, claimSpec, reason, words], { cluster }) => {
    const className = uniqueName('odd');
    await cluster.createClass(className, classChanges);
    await cluster.startDaemon();
    await cluster.createClaim('odd', { spec: { storageClassName: className, ...claimSpec } });
    await untilToldWhy(cluster, 'odd', reason, ...words);
    expect(await cluster.directories()).toEqual([]);
    expect(await cluster.journal('volumes')).toEqual([]);
  });

  test('a claim that asks for no class is none of ours, whatever annotation an earlier class left on it', async ({
    cluster,
  }) => {
    const daemon = await cluster.startDaemon();
    await cluster.createClaim('by-hand', {
      metadata: { annotations: { 'volume.kubernetes.io/storage-provisioner': cluster.provisioner } },
      spec: { storageClassName: '' },
    });
    await cluster.createClaim('data');
    await cluster.untilBound('data');
    expect((await cluster.eventsOf('by-hand')).filter((event) => event.startsWith('Warning'))).toEqual([]);
    expect(daemon.log.filter(({ msg }) => msg === 'claim not provisioned')).toEqual([]);
  });

  test('a class deleted between claim and provision is named, and the claim is served when the class is back', async ({
    cluster,
  }) => {
    const className = uniqueName('brief');
    await cluster.createClass(className);
    await cluster.createClaim('orphan', { spec: { storageClassName: className } });
    await until('the claim is handed to us', async () => {
      const { annotations = {} } = (await cluster.readClaim('orphan')).metadata;
      return annotations['volume.kubernetes.io/storage-provisioner'] === cluster.provisioner;
    });
    await cluster.api.delete(`/apis/storage.k8s.io/v1/storageclasses/${className}`);
    await cluster.startDaemon();
    await untilToldWhy(cluster, 'orphan', 'ClassNotFound', className);
    await cluster.createClass(className);
    await cluster.untilBound('orphan');
  });

  test('a node that comes to match allowedTopologies lets its claims be served', async ({ cluster }) => {
    const className = uniqueName('zoned');
    await cluster.createClass(className, {
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a'] }] }],
    });
    await cluster.startDaemon();
    await cluster.createClaim('zoned', { spec: { storageClassName: className } });
    await untilToldWhy(cluster, 'zoned', 'NodeNotAllowed');
    await cluster.api.patch(`/api/v1/nodes/${cluster.nodeName}`, { metadata: { labels: { zone: 'a' } } });
    await cluster.untilBound('zoned');
  });
});

describe('a base directory that cannot be used is named in an Event, in /readyz and in a metric, and heals without a restart', () => {
  const breakages: [string, string, (base: string) => Promise<void>, (base: string) => Promise<void>][] = [
    ['missing', 'BaseDirectoryMissing', (base) => rename(base, `${base}-away`), (base) => rename(`${base}-away`, base)],
    [
      'a file',
      'BaseDirectoryNotADirectory',
      async (base) => {
        await rename(base, `${base}-away`);
        await writeFile(base, 'a file');
      },
      async (base) => {
        await rm(base);
        await rename(`${base}-away`, base);
      },
    ],
    [
      'a symbolic link',
      'BaseDirectoryIsSymbolicLink',
      async (base) => {
        await rename(base, `${base}-away`);
        await symlink(`${base}-away`, base);
      },
      async (base) => {
        await rm(base);
        await rename(`${base}-away`, base);
      },
    ],
  ];

  test.for(breakages)('%s', async ([, reason, damage, repair], { cluster }) => {
    const daemon = await cluster.startDaemon();
    await damage(cluster.base);
    await cluster.createClaim('data');
    await untilToldWhy(cluster, 'data', reason, cluster.base);
    await until('/readyz says so', async () => {
      const { status, text } = await daemon.get('/readyz');
      return status === 503 && text.includes(reason);
    });
    expect((await daemon.get('/metrics')).text).toContain(
      `hostpath_base_directory_usable{pool="default",reason="${reason}"} 0`,
    );
    await repair(cluster.base);
    await cluster.untilBound('data');
    await daemon.untilReady();
  });

  test.skipIf(process.getuid?.() !== 0)('read-only, and full (needs root for the mounts)', async ({ cluster }) => {
    const run = (...command: string[]) => {
      const { status, stderr } = spawnSync(command[0] ?? '', command.slice(1), { encoding: 'utf8' });
      expect(`${status} ${stderr}`).toBe('0 ');
    };
    run('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', cluster.base);
    try {
      await cluster.startDaemon();
      await cluster.createClaim('first');
      await cluster.untilBound('first');

      run('mount', '-o', 'remount,ro', cluster.base);
      await cluster.createClaim('second');
      await untilToldWhy(cluster, 'second', 'ReadOnly', cluster.base);
      run('mount', '-o', 'remount,rw', cluster.base);
      await cluster.untilBound('second');

      await writeFile(join(cluster.base, 'filler'), Buffer.alloc(1_000_000)).catch(() => undefined);
      await cluster.createClaim('third');
      await untilToldWhy(cluster, 'third', 'NoSpace', cluster.base);
      await rm(join(cluster.base, 'filler'));
      await cluster.untilBound('third');
    } finally {
      await cluster.removeDaemons();
      run('umount', cluster.base);
    }
  });
});

describe('what is there already is not touched', () => {
  test('a directory of the volume name without our record is refused and keeps its content', async ({ cluster }) => {
    await cluster.createClaim('data');
    const { uid } = (await cluster.readClaim('data')).metadata;
    const directory = join(cluster.base, `pvc-${uid}`);
    await mkdir(directory);
    await writeFile(join(directory, 'precious'), 'content');
    await cluster.startDaemon();
    await untilToldWhy(cluster, 'data', 'DirectoryTaken', directory);
    expect(await readFile(join(directory, 'precious'), 'utf8')).toBe('content');
    expect(await cluster.journal('volumes')).toEqual([]);
    await rename(directory, join(cluster.base, 'saved'));
    await cluster.untilBound('data');
  });

  test('a volume name taken by a foreign object is named, and what was begun is taken back', async ({ cluster }) => {
    await cluster.createClaim('data');
    const { uid } = (await cluster.readClaim('data')).metadata;
    const path = `/api/v1/persistentvolumes/pvc-${uid}`;
    await cluster.api.create('/api/v1/persistentvolumes', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `pvc-${uid}` },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Ki' },
        hostPath: { path: '/somewhere' },
        storageClassName: uniqueName('another'),
      },
    });
    await cluster.startDaemon();
    await untilToldWhy(cluster, 'data', 'VolumeNameTaken', `pvc-${uid}`);
    await until(
      'nothing of it is left',
      async () => (await cluster.directories()).length === 0 && (await cluster.journal('volumes')).length === 0,
    );
    await cluster.api.delete(path);
    await cluster.untilBound('data');
  });
});
