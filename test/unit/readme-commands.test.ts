import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readManifests } from '../support/manifests.ts';
import { type Runners, readmeViolations } from '../support/readme-rules.ts';

const repository = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(repository, path), 'utf8');
const testPaths = readdirSync(join(repository, 'test'), { recursive: true, encoding: 'utf8' })
  .map((path) => `test/${path}`)
  .filter((path) => path.endsWith('.ts') && !import.meta.filename.endsWith(path));

const [{ spec: daemonSet }] = readManifests('manifests/daemonset.yaml');
const image: string = daemonSet.template.spec.containers[0].image;

/** What no test types, and why. Whatever else README.md tells to type, a test types, or `.ci/run`. */
const notRun: Record<string, string> = {
  [`docker build -t ${image} .`]: 'no Docker: `npm run image:build` builds the same Dockerfile with buildah',
  [`minikube image load ${image}`]: 'no minikube: the tests import the image into containerd, as this does',
  [`kind load docker-image ${image}`]: 'no kind: as for minikube',
  [`docker save ${image} | sudo k3s ctr images import -`]: 'no k3s: the tests import with ctr what docker save writes',
  [`k3d image import ${image}`]: 'no k3d: as for k3s',
  [`docker save ${image} | microk8s ctr image import -`]: 'no microk8s: as for k3s',
  'chcon -Rt container_file_t <base directory>': 'no SELinux in force: test/selinux/ runs it in a machine that has it',
  'npm run test:versions': 'two more Kubernetes to build, 9 minutes each: run by hand, and its results are noted there',
  '.ci/run': 'it runs everything, the tests among it',
};

const runners: Runners = {
  tests: Object.fromEntries(testPaths.map((path) => [path, read(path)])),
  ci: read('.ci/run'),
  notRun,
};

test('Every command of README.md is typed by a test or by .ci/run, but for those that cannot be', () => {
  expect(readmeViolations(read('README.md'), runners)).toEqual([]);
});
