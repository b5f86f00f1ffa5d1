import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { claim, uniqueName } from '../support/build.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';

const annotated = (annotations: Record<string, string>): Json => ({ metadata: { annotations } });
const sized = (storage: string): Json => ({ spec: { resources: { requests: { storage } } } });
const selectedNode = 'volume.kubernetes.io/selected-node';
const storageProvisioner = 'volume.kubernetes.io/storage-provisioner';

describe('nothing that a claim says reaches a path', () => {
  test('when it is served: its directory has the name of its UID, whatever else it says', async ({ cluster }) => {
    const longest = `${'a.'.repeat(126)}a`;
    const claims: [name: string, changes: Json][] = [
      [longest, {}],
      ['trash', {}],
      ['record.json', {}],
      [
        'paths-in-annotations',
        annotated({ path: '/etc', pathPattern: '../../etc', 'example.com/x': '\u0000\n`reboot`' }),
      ],
      ['labels', { metadata: { labels: { 'hostpath-provisioner/node': 'another' } } }],
      ['one-byte', sized('1')],
      ['a-fraction', sized('100m')],
      ['all-there-is', sized('9223372036854775807')],
      ['exbibytes', sized('7Ei')],
      ['two-provisioners', annotated({ [storageProvisioner]: `${cluster.provisioner},example.com/other` })],
    ];
    await cluster.startDaemon();
    await Promise.all(claims.map(([name, changes]) => cluster.createClaim(name, changes)));
    const bound = await Promise.all(claims.map(([name]) => cluster.untilBound(name)));
    for (const { claim, directory } of bound) expect(directory).toBe(join(cluster.base, `pvc-${claim.metadata.uid}`));
    const names = bound.map(({ claim }) => `pvc-${claim.metadata.uid}`).sort();
    expect(await cluster.directories()).toEqual(names);
    expect((await cluster.journal('volumes')).sort()).toEqual(names.map((name) => `${name}.json`));
  });

  test('when its namespace has the longest name', async ({ cluster }) => {
    const namespace = uniqueName('n'.repeat(54));
    const path = `/api/v1/namespaces/${namespace}`;
    await cluster.startDaemon();
    await cluster.api.create('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
    const claims = `${path}/persistentvolumeclaims`;
    const { metadata } = await cluster.api.create(
      claims,
      claim('data', { spec: { storageClassName: cluster.className } }),
    );
    await until('it is bound', async () => (await cluster.api.get(`${claims}/data`))?.status?.phase === 'Bound');
    expect(await cluster.directories()).toEqual([`pvc-${metadata.uid}`]);
    await cluster.api.delete(path);
  });

  test('when it names a node that is none: it is not served, and nothing is made', async ({ cluster }) => {
    const { nodeName } = cluster;
    const nodes = [
      '../../etc',
      '/',
      `${nodeName} `,
      ` ${nodeName}`,
      `${nodeName},another`,
      `${nodeName}\n`,
      nodeName.toUpperCase(),
    ];
    await cluster.startDaemon();
    const claims = nodes.map((node, index) => [`claim-${index}`, annotated({ [selectedNode]: node })] as const);
    await Promise.all(claims.map(([name, changes]) => cluster.createClaim(name, changes)));
    await cluster.createClaim('canary');
    const { claim } = await cluster.untilBound('canary');
    expect(await cluster.directories()).toEqual([`pvc-${claim.metadata.uid}`]);
    for (const [name] of claims) expect((await cluster.readClaim(name))?.status.phase).toBe('Pending');
  });
});

describe('nothing that a class says reaches a path', () => {
  const parameters: Record<string, string>[] = [
    { path: '/etc' },
    { basePath: '..' },
    { nodePath: '/' },
    { pathPattern: '{{ .PVC.Name }}/../..' },
    { hostPath: '/etc' },
    { volumeType: '../hostPath' },
    { volumeType: 'hostPath\u0000' },
    { directoryMode: '0777 /etc' },
    { directoryMode: '-1' },
    { directoryMode: '77777' },
    { directoryMode: '' },
    { directoryOwner: '0:0:0' },
    { directoryOwner: '-1:-1' },
    { directoryOwner: '4294967295:0' },
    { directoryOwner: 'root:root' },
    { constructor: 'x' },
    { toString: 'x' },
    { ['__proto__']: 'x' },
  ];

  test('a parameter that is unknown or odd is refused, with an Event, and nothing is made', async ({ cluster }) => {
    await cluster.startDaemon();
    const classes = await Promise.all(
      parameters.map(async (odd, index) => {
        const name = uniqueName('odd');
        await cluster.createClass(name, { parameters: odd });
        await cluster.createClaim(`claim-${index}`, { spec: { storageClassName: name } });
        return { claim: `claim-${index}`, odd: JSON.stringify(odd) };
      }),
    );
    for (const { claim, odd } of classes) {
      await until(`claim of class ${odd} has its Event`, async () => {
        const events = await cluster.eventsOf(claim);
        return events.some((event) => event.startsWith('Warning ProvisioningFailed: ClassParameterInvalid'));
      });
    }
    expect(await cluster.directories()).toEqual([]);
    expect(await cluster.journal('volumes')).toEqual([]);
  });
});
