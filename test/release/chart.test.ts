import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { expect } from 'vitest';
import { imageName, version } from '../../scripts/image/name.ts';
import { project } from '../../scripts/image/paths.ts';
import { changesIn } from '../../scripts/release/changelog.ts';
import { byName, objectsOf } from '../install/objects.ts';
import { Shell } from '../install/shell.ts';
import type { Json } from '../support/api.ts';
import { readManifests } from '../support/manifests.ts';
import { test as base, describeRelease } from './release-test.ts';

const file = `hostpath-provisioner-${version}.tgz`;
const publishedImage = `ghcr.io/owner/hostpath-provisioner:${version}`;

const test = base.extend('chart', ({ release, work }) => {
  release.unpack(file, work);
  const folder = join(work, 'hostpath-provisioner');
  return { folder, metadata: load(readFileSync(join(folder, 'Chart.yaml'), 'utf8')) as Json };
});

describeRelease('The packed chart', () => {
  test('makes the objects of the plain manifests, with the published image of its version', async ({ release }) => {
    await using shell = await Shell.open();
    const rendered = objectsOf(await shell.run(`helm template hostpath-provisioner ${release.path(file)}`));
    const plain = ['rbac', 'manifests/daemonset.yaml', 'manifests/class.yaml'].flatMap(readManifests);
    const published = JSON.parse(JSON.stringify(plain).replaceAll(`"${imageName}"`, `"${publishedImage}"`));
    const isTest = ({ metadata }: Json): boolean => metadata.annotations?.['helm.sh/hook'] === 'test';
    expect(byName(Object.values(rendered).filter((object) => !isTest(object)))).toEqual(byName(published));
    expect(JSON.stringify(rendered)).toContain(publishedImage);
  });

  test('has what a registry shows: README, licence, icon, Kubernetes version', ({ chart }) => {
    const { icon, kubeVersion, home, appVersion } = chart.metadata;
    expect(existsSync(join(chart.folder, 'LICENSE'))).toBe(true);
    const path = new URL(icon).pathname.replace(`/owner/hostpath-provisioner/v${version}/`, '');
    expect(readFileSync(join(project, path), 'utf8')).toContain('<svg');
    expect({ kubeVersion, home, appVersion }).toEqual({
      kubeVersion: '>=1.33.0-0',
      home: 'https://github.com/owner/hostpath-provisioner',
      appVersion: version,
    });
    const readme = readFileSync(join(chart.folder, 'README.md'), 'utf8');
    expect(readme).toContain('helm install hostpath-provisioner oci://ghcr.io/owner/charts/hostpath-provisioner');
  });

  test('tells Artifact Hub its category, licence, image, links, and the changes of the notes', ({ release, chart }) => {
    const { annotations } = chart.metadata;
    expect(annotations).toMatchObject({ 'artifacthub.io/category': 'storage', 'artifacthub.io/license': 'Apache-2.0' });
    expect(load(annotations['artifacthub.io/images'])).toEqual([
      { name: 'hostpath-provisioner', image: publishedImage, platforms: ['linux/amd64', 'linux/arm64'] },
    ]);
    expect(load(annotations['artifacthub.io/links'])).toHaveLength(2);
    expect(load(annotations['artifacthub.io/changes'])).toEqual(changesIn(release.read('NOTES.md')));
  });
});
