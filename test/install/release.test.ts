import { describe, expect } from 'vitest';
import { imageName } from '../../scripts/image/name.ts';
import type { Json } from '../support/api.ts';
import { collectionOf } from '../support/manifests.ts';
import { testOnApiServer as test } from './install-test.ts';
import { objectsOf } from './objects.ts';

const chart = 'charts/hostpath-provisioner';
const daemonSet = '/apis/apps/v1/namespaces/hostpath-provisioner-system/daemonsets/hostpath-provisioner';
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
