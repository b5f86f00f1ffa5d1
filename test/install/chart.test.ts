import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadYaml } from '@kubernetes/client-node';
import { describe, expect } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { options } from '../../src/config/options.ts';
import { readClassParameters } from '../../src/model/class-parameters.ts';
import type { Json } from '../support/api.ts';
import { readManifests } from '../support/manifests.ts';
import { chartFlags, clusterKinds } from './clusters.ts';
import { test } from './install-test.ts';
import { baseDirectoriesOf, byName, objectsOf } from './objects.ts';
import type { Shell } from './shell.ts';

const repository = join(import.meta.dirname, '../..');
const chart = 'charts/hostpath-provisioner';
const daemonSet = 'DaemonSet/hostpath-provisioner';
const servedByDefault = options['provisioner-name'].default.split(',');
const oneClass = { name: 'example-hostpath', provisioner: 'example.com/hostpath' };

/** What one types to set a value, whatever it is. */
const set = (name: string, value: Json): string => `--set-json '${name}=${JSON.stringify(value)}'`;
const withParameters = (parameters: Json): string => set('storageClasses', [{ ...oneClass, parameters }]);

/** Whether the daemon uses this path when its variable says so. It is a list: a comma ends a path, and blanks around it do not count. */
function isTaken(baseDirectory: string, path: string): boolean {
  const result = readConfig([], { NODE_NAME: 'node', KUBERNETES_SERVICE_HOST: 'api', BASE_DIRECTORY: baseDirectory });
  return path !== '' && 'config' in result && result.config.baseDirectories[0]?.path === path;
}

const isTest = ({ metadata }: Json): boolean => metadata.annotations?.['helm.sh/hook'] === 'test';

/** What is installed, without what "helm test" brings. Nothing else of Helm's own is in it: no labels, no annotations. */
async function render(shell: Shell, flags = ''): Promise<Record<string, Json>> {
  const objects = Object.values(objectsOf(await shell.run(`helm template hostpath-provisioner ${chart} ${flags}`)));
  return byName(objects.filter((object) => !isTest(object)));
}

test('It is linted without a complaint', async ({ shell }) => {
  expect(await shell.run(`helm lint --strict ${chart}`)).toContain('1 chart(s) linted, 0 chart(s) failed');
});

test('It has the version of package.json', () => {
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  expect(loadYaml(readFileSync(join(repository, chart, 'Chart.yaml'), 'utf8'))).toMatchObject({
    version,
    appVersion: version,
  });
});

test('With no value changed, it is the plain manifests', async ({ shell }) => {
  const plain = ['rbac', 'manifests/daemonset.yaml', 'manifests/class.yaml'].flatMap(readManifests);
  expect(await render(shell)).toEqual(byName(plain));
});

test('With roles for users, it has those of rbac/users/ besides', async ({ shell }) => {
  const more = await render(shell, '--set userRoles.enabled=true');
  expect(more).toEqual({ ...(await render(shell)), ...byName(readManifests('rbac/users')) });
});

/** What some overlays have besides their base directory. */
const otherFlags: Record<string, string> = {
  openshift: `--api-versions security.openshift.io/v1 ${withParameters({ volumeType: 'local' })}`,
  pools: set('storageClasses', [
    oneClass,
    { ...oneClass, name: 'hostpath-ssd', parameters: { pool: 'ssd' } },
    { ...oneClass, name: 'hostpath-hdd', parameters: { pool: 'hdd' } },
  ]),
};

test.for(clusterKinds())('With its base directory, it is overlays/$overlay', async (kind, { shell }) => {
  const objects = await render(shell, `${chartFlags(kind)} ${otherFlags[kind.overlay] ?? ''}`);
  expect(objects).toEqual(objectsOf(await shell.run(`kubectl kustomize overlays/${kind.overlay}`)));
});

test('Its notes name each base directory, and warn of /tmp where that is used', async ({ shell }) => {
  const notes = (flags: string) => shell.run(`helm install hostpath-provisioner ${chart} --dry-run=client ${flags}`);
  expect(await notes('')).toMatch(/makes volumes in \/tmp\/hostpath-provisioner for .*volumes in \/tmp are lost/s);
  const told = await notes('--set pools.ssd=/mnt/ssd,pools.hdd=/mnt/hdd');
  expect(told).toContain('makes volumes in /mnt/hdd and /mnt/ssd for');
  expect(told).not.toContain('volumes in /tmp');
});

test("Its test is the article's claim and pod, under a name that no user's claim has", async ({ shell }) => {
  const rendered = objectsOf(await shell.run(`helm template hostpath-provisioner ${chart}`));
  const tests = Object.values(rendered).filter(isTest);
  const [[claim], [pod]] = [readManifests('manifests/claim.yaml'), readManifests('manifests/test-pod.yaml')];
  pod.spec.volumes[0].persistentVolumeClaim.claimName = 'hostpath-provisioner-test';
  expect(byName(tests.map(({ metadata: { name }, ...rest }) => ({ ...rest, metadata: { name } })))).toEqual({
    'PersistentVolumeClaim/hostpath-provisioner-test': { ...claim, metadata: { name: 'hostpath-provisioner-test' } },
    'Pod/hostpath-provisioner-test': { ...pod, metadata: { name: 'hostpath-provisioner-test' } },
  });
});

test('A release that is kept in the namespace of the daemon leaves that to Helm', async ({ shell }) => {
  const flags = '--namespace hostpath-provisioner-system';
  const { 'Namespace/hostpath-provisioner-system': _, ...others } = await render(shell);
  expect(await render(shell, flags)).toEqual(others);
});

describe('A value', () => {
  test('reaches the daemon', async ({ shell }) => {
    const values = {
      image: { repository: 'registry.example/hostpath', tag: 'v1', pullPolicy: 'Always' },
      provisionerNames: ['example.com/fast', 'example.com/kept'],
      storageClasses: [],
      resources: { limits: { memory: '200Mi' } },
      tolerations: [{ key: 'disk', operator: 'Equal', value: 'ssd', effect: 'NoSchedule' }],
    };
    const flags = Object.entries(values).map(([name, value]) => set(name, value));
    const objects = await render(shell, flags.join(' '));
    const { containers, tolerations } = objects[daemonSet].spec.template.spec;
    expect(containers[0]).toMatchObject({
      image: 'registry.example/hostpath:v1',
      imagePullPolicy: 'Always',
      resources: { limits: { memory: '200Mi' } },
    });
    expect(containers[0].env).toContainEqual({ name: 'PROVISIONER_NAMES', value: 'example.com/fast,example.com/kept' });
    expect(tolerations).toEqual(values.tolerations);
    expect(Object.keys(objects).filter((name) => name.startsWith('StorageClass/'))).toEqual([]);
  });

  test('makes classes', async ({ shell }) => {
    const parameters = { directoryMode: '0770', directoryOwner: '1001:1001', trashRetention: '36h' };
    const storageClasses = servedByDefault.map((provisioner, n) => ({ name: `class-${n}`, provisioner }));
    const kept = {
      default: true,
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'Immediate',
      allowVolumeExpansion: false,
      parameters,
    };
    const objects = await render(shell, set('storageClasses', [storageClasses[0], { ...storageClasses[1], ...kept }]));
    expect(objects['StorageClass/class-0']).toMatchObject({
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'WaitForFirstConsumer',
      allowVolumeExpansion: true,
    });
    expect(objects['StorageClass/class-1']).toMatchObject({
      metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: servedByDefault[1],
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'Immediate',
      allowVolumeExpansion: false,
      parameters,
    });
  });

  test('that the daemon serves no class of is refused', async ({ shell }) => {
    const strange = set('storageClasses', [{ ...oneClass, provisioner: 'example.com/strange' }]);
    const told = await shell.refused(`helm template ${chart} ${strange}`);
    expect(told).toContain(
      'class example-hostpath has the provisioner example.com/strange, which no daemon would serve',
    );
  });

  test.for<[what: string, flags: string, told: string]>([
    ['that is not known', set('baseDir', '/data'), "'baseDir' not allowed"],
    ['that is not known, of an image', set('image.name', 'x'), "'name' not allowed"],
    ['that is not known, of resources', set('resources.request', {}), "'request' not allowed"],
    ['that is not known, of a class', set('storageClasses', [{ ...oneClass, allow: true }]), "'allow' not allowed"],
    ['of a class without a name', set('storageClasses', [{ provisioner: 'example.com/hostpath' }]), "'name'"],
    ['of a tag that no image can have', set('image.tag', '-1'), '/image/tag'],
    ['of a pull policy', set('image.pullPolicy', 'Sometimes'), '/image/pullPolicy'],
    ['of a reclaim policy', set('storageClasses', [{ ...oneClass, reclaimPolicy: 'Recycle' }]), 'reclaimPolicy'],
    ['of a binding mode', set('storageClasses', [{ ...oneClass, volumeBindingMode: 'Late' }]), 'volumeBindingMode'],
    ['of inodes as a number', withParameters({ inodesPerGiB: 65_536 }), '/parameters/inodesPerGiB'],
    ['of quotas as a word', set('quotas', 'enabled'), '/quotas'],
    ['of pools as a list', set('pools', ['/mnt/ssd']), '/pools'],
    ['of a mode in decimal', withParameters({ directoryMode: 770 }), '/parameters/directoryMode'],
    ['of an effect', set('tolerations', [{ effect: 'Never' }]), '/tolerations/0/effect'],
    ['of tolerations as a text', set('tolerations', 'all'), '/tolerations'],
  ])('%s is refused', async ([, flags, told], { shell }) => {
    expect(await shell.refused(`helm template ${chart} ${flags}`)).toContain(told);
  });

  test.for([
    '/data',
    '/var/lib/a-b.c_d',
    'data',
    './data',
    '',
    '/',
    '/data/',
    '/a//b',
    '/a/../b',
    '/a/./b',
    '/a/..',
    '/..a',
    '/a,b',
    '/a,/b',
    '/a ',
    '/a b',
  ])('of a base directory is taken if the daemon takes it: "%s"', async (path, { shell }) => {
    const command = `helm template hostpath-provisioner ${chart} ${set('baseDirectory', path)}`;
    if (isTaken(path, path)) {
      const objects = objectsOf(await shell.run(command));
      expect(baseDirectoriesOf(objects[daemonSet])).toEqual([path, path, path]);
    } else expect(await shell.refused(command)).toContain('/baseDirectory');
  });

  test.for([
    ['ssd', '/mnt/ssd'],
    ['1', '/a=b'],
    ['a'.repeat(63), '/a'],
    ['a'.repeat(64), '/a'],
    ['SSD', '/a'],
    ['-a', '/a'],
    ['a_b', '/a'],
    ['ssd', 'mnt'],
    ['ssd', '/a,b'],
    ['ssd', '/a '],
  ] as const)('of a pool is taken if the daemon takes it: "%s", "%s"', async ([pool, path], { shell }) => {
    const command = `helm template hostpath-provisioner ${chart} ${set('pools', { [pool]: path })}`;
    const given = `${pool}=${path}`;
    if (isTaken(given, path)) {
      const objects = objectsOf(await shell.run(command));
      expect(baseDirectoriesOf(objects[daemonSet])).toEqual([given, given, given]);
    } else expect(await shell.refused(command)).toContain('/pools');
  });

  test.for(['10Gi', '5%', '0', '1.5e9', '99.5%', '100%', '-1Gi', 'half', '5 %', '1KB'])(
    'of a reserve is taken if the daemon takes it: "%s"',
    async (reserve, { shell }) => {
      const command = `helm template hostpath-provisioner ${chart} ${set('reserve', reserve)}`;
      if (options.reserve.problem(reserve) === undefined) {
        const { env } = objectsOf(await shell.run(command))[daemonSet].spec.template.spec.containers[0];
        expect(env).toContainEqual({ name: 'RESERVE', value: reserve });
      } else expect(await shell.refused(command)).toContain('/reserve');
    },
  );

  test.for(['example.com/a', 'a', 'a.b/c.d', 'A', 'a/b/c', '/a', 'a/', 'a,b', 'a b', '-a', 'a..b', ''])(
    'of a provisioner name is taken if the daemon takes it: "%s"',
    async (name, { shell }) => {
      const storageClasses = set('storageClasses', [{ ...oneClass, provisioner: name }]);
      const command = `helm template hostpath-provisioner ${chart} ${set('provisionerNames', [name])} ${storageClasses}`;
      if (options['provisioner-name'].problem(name) === undefined) await shell.run(command);
      else expect(await shell.refused(command)).toContain('/provisionerNames/0');
    },
  );

  test.for<Record<string, string>>([
    { volumeType: 'local' },
    { volumeType: 'nfs' },
    { directoryMode: '0770' },
    { directoryMode: '0888' },
    { directoryMode: '77' },
    { directoryOwner: '1001:0' },
    { directoryOwner: 'kafka' },
    { trashRetention: '0' },
    { trashRetention: '1h30m' },
    { trashRetention: '7d' },
    { quota: 'enforce' },
    { quota: 'yes' },
    { inodesPerGiB: '65536' },
    { inodesPerGiB: '0' },
    { pool: 'ssd, hdd' },
    { pool: 'ssd,' },
    { overcommit: '1.5' },
    { overcommit: '0.0' },
    { unknown: 'x' },
  ])('of a class parameter is taken if the daemon takes it: %o', async (parameters, { shell }) => {
    const command = `helm template hostpath-provisioner ${chart} ${withParameters(parameters)}`;
    if ('problems' in readClassParameters(parameters)) expect(await shell.refused(command)).toContain('/parameters');
    else expect(objectsOf(await shell.run(command))['StorageClass/example-hostpath'].parameters).toEqual(parameters);
  });
});
