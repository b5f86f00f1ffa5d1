import { describe, expect } from 'vitest';
import { imageName } from '../../scripts/image/name.ts';
import type { Json } from '../support/api.ts';
import { pageCommand } from '../support/documents.ts';
import { collectionOf } from '../support/manifests.ts';
import { documentedCommands, withNames } from './documented.ts';
import { testOnApiServer as test } from './install-test.ts';
import { baseDirectoriesOf, objectsOf } from './objects.ts';

const chart = 'charts/hostpath-provisioner';
const daemonSet = '/apis/apps/v1/namespaces/hostpath-provisioner-system/daemonsets/hostpath-provisioner';
const [changeToPools] = documentedCommands('sizes.md', 'Pools');
const systemNamespace = '/api/v1/namespaces/hostpath-provisioner-system';

describe.for([
  { place: 'the default namespace', flags: '' },
  { place: "the daemon's own", flags: '--namespace hostpath-provisioner-system --create-namespace' },
])('A release that is kept in $place', ({ flags }) => {
  test('is installed, upgraded and uninstalled, and leaves nothing', async ({ shell, api }) => {
    const rendered = objectsOf(await shell.run(`helm template hostpath-provisioner ${chart} ${flags}`));
    const objects = Object.values(rendered).filter(({ metadata }) => metadata.annotations === undefined);
    const pathOf = (object: Json) => `${collectionOf(object)}/${object.metadata.name}`;
    const present = async () => {
      const found = await Promise.all(objects.map(async (object) => (await api.get(pathOf(object))) && pathOf(object)));
      return found.filter((path) => path !== undefined);
    };

    const told = await shell.run(`helm install hostpath-provisioner ${chart} ${flags}`);
    expect(told).toContain('STATUS: deployed');
    expect(told).toContain('volumes in /tmp are lost');
    expect(await present()).toEqual(objects.map(pathOf));

    const image = async () => (await api.get(daemonSet)).spec.template.spec.containers[0].image;
    expect(await image()).toBe(imageName);
    const upgrade = `helm upgrade hostpath-provisioner ${chart} ${flags} --reset-then-reuse-values`;
    await shell.run(`${upgrade} --set image.tag=v2`);
    expect(await image()).toBe('hostpath-provisioner:v2');

    await shell.run(`helm uninstall hostpath-provisioner ${flags.replace('--create-namespace', '')} --wait`);
    expect(await present()).toEqual([]);
    await shell.run('kubectl delete --ignore-not-found --wait -f rbac/namespace.yaml');
    expect(await api.get(systemNamespace)).toBeUndefined();
  });
});

test('The documented commands install a release with a class of its own, and upgrade it', async ({ shell, api }) => {
  await shell.run(
    pageCommand(
      'docs/install.md',
      `helm install hostpath-provisioner charts/hostpath-provisioner --set baseDirectory=/var/lib/hostpath-provisioner \\
  --set-json 'storageClasses=[{"name":"kept","provisioner":"example.com/hostpath","parameters":{"trashRetention":"168h"}}]'`,
    ),
  );
  await shell.run(
    pageCommand(
      'docs/install.md',
      'helm upgrade hostpath-provisioner charts/hostpath-provisioner --reset-then-reuse-values',
    ),
  );
  await shell.run(
    pageCommand(
      'docs/monitoring.md',
      `kubectl -n hostpath-provisioner-system patch daemonset hostpath-provisioner --type=merge \\
  -p '{"spec":{"template":{"metadata":{"annotations":{"prometheus.io/scrape":"true","prometheus.io/port":"8080"}}}}}'`,
    ),
  );
  const { annotations } = (await api.get(daemonSet)).spec.template.metadata;
  expect(annotations).toMatchObject({ 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' });
  const kept = await api.get('/apis/storage.k8s.io/v1/storageclasses/kept');
  expect(kept.parameters).toEqual({ trashRetention: '168h' });
  const path = '/var/lib/hostpath-provisioner';
  expect(baseDirectoriesOf(await api.get(daemonSet))).toEqual([path, path, path]);
  await shell.run('helm uninstall hostpath-provisioner --wait');
});

test('The documented command gives a release several base directories', async ({ shell, api }) => {
  await shell.run(`helm install hostpath-provisioner ${chart}`);
  await shell.run(withNames(changeToPools, {}));
  const pools = 'hdd=/mnt/hdd,ssd=/mnt/ssd';
  expect(baseDirectoriesOf(await api.get(daemonSet))).toEqual([pools, pools, pools]);
  await shell.run('helm uninstall hostpath-provisioner --wait');
});
