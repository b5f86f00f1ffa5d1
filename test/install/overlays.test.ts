import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parseBaseDirectory } from '../../src/config/options.ts';
import { readManifests } from '../support/manifests.ts';
import { clusterKinds, overlayNames } from './clusters.ts';
import { test } from './install-test.ts';
import { baseDirectoriesOf, byName, objectsOf } from './objects.ts';

const plain = byName(['rbac', 'manifests/daemonset.yaml', 'manifests/class.yaml'].flatMap(readManifests));
const daemonSet = 'DaemonSet/hostpath-provisioner';
const storageClass = 'StorageClass/example-hostpath';

test('install.md names each overlay and no other', () => {
  expect(
    clusterKinds()
      .map(({ overlay }) => overlay)
      .sort(),
  ).toEqual(overlayNames);
});

test.for(clusterKinds())(
  '$overlay has its base directory in all three places',
  async ({ overlay, baseDirectory }, { shell }) => {
    const objects = objectsOf(await shell.run(`kubectl kustomize overlays/${overlay}`));
    expect(baseDirectoriesOf(objects[daemonSet])).toEqual([baseDirectory, baseDirectory, baseDirectory]);
  },
);

test.for(clusterKinds())('$overlay has its base directory written once, for all three places', ({ overlay }) => {
  const text = readFileSync(join(import.meta.dirname, '../../overlays', overlay, 'kustomization.yaml'), 'utf8');
  expect(text.match(/# base directory/g)?.length ?? 0).toBeLessThanOrEqual(1);
});

test('pools has a class for each of its base directories', async ({ shell }) => {
  const objects = objectsOf(await shell.run('kubectl kustomize overlays/pools'));
  const [given = ''] = baseDirectoriesOf(objects[daemonSet]);
  const classes = Object.values(objects).filter(({ kind }) => kind === 'StorageClass');
  const selected = classes.flatMap(({ parameters }) => parameters?.pool ?? []);
  expect(selected.sort()).toEqual(given.split(',').map((text) => parseBaseDirectory(text).pool));
});

test.for(overlayNames.filter((name) => name !== 'pools'))(
  '%s is the plain manifests but for that, and what OpenShift needs',
  async (overlay, { shell }) => {
    const rendered = await shell.run(`kubectl kustomize overlays/${overlay}`);
    const [baseDirectory = ''] = baseDirectoriesOf(objectsOf(rendered)[daemonSet]);
    const objects = objectsOf(rendered.replaceAll(baseDirectory, '/tmp/hostpath-provisioner'));
    const ofOpenShift = {
      ...byName(readManifests('rbac/openshift')),
      [storageClass]: { ...plain[storageClass], parameters: { volumeType: 'local' } },
    };
    expect(objects).toEqual({ ...plain, ...(overlay === 'openshift' && ofOpenShift) });
  },
);
