import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { imageName, version } from '../../scripts/image/name.ts';
import { project } from '../../scripts/image/paths.ts';
import { placesOfVersion, withVersion } from '../../scripts/version-places.ts';
import { readManifests } from '../support/manifests.ts';

test.each(placesOfVersion())('%s tells no other version than package.json', (place) => {
  const text = readFileSync(join(project, place), 'utf8');
  expect(withVersion(text, version)).toBe(text);
});

test('The manifests ask for the image of this version, so that applying another one replaces the pods', () => {
  const [daemonSet] = readManifests('manifests/daemonset.yaml');
  const [pod] = readManifests('manifests/pod.yaml');
  const containers = [daemonSet.spec.template.spec, pod.spec].flatMap((spec) => spec.containers);
  expect(containers.map(({ image }) => image)).toEqual([imageName, imageName]);
});

describe('A new version', () => {
  test.each([
    ['an image', 'image: hostpath-provisioner:0.1.0 # ours', 'image: hostpath-provisioner:0.2.0-rc.1 # ours'],
    ['an image without a version', '`hostpath-provisioner:latest`', '`hostpath-provisioner:0.2.0-rc.1`'],
    ['a chart', 'version: 0.1.0\nappVersion: 0.1.0\n', 'version: 0.2.0-rc.1\nappVersion: 0.2.0-rc.1\n'],
  ])('takes the place of that of %s', (_, before, after) => {
    expect(withVersion(before, '0.2.0-rc.1')).toBe(after);
  });

  test.each(['image: busybox:1.36', 'apiVersion: v1', 'hostpath-provisioner: kubeconfig x', 'v1.37.2'])(
    'leaves alone: %s',
    (text) => {
      expect(withVersion(text, '0.2.0')).toBe(text);
    },
  );
});
