import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
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

describe('The rule', () => {
  const ci = "if section 'install' - 10 npm ci; then\n  suite 'demo' 3 .ci/without-root npm run demo\nfi";
  const block = (...lines: string[]) => `Text.\n\n\`\`\`console\n${lines.join('\n')}\n\`\`\`\n`;
  const typing = (call: string) => ({ 'a.test.ts': `import { x } from '../support/readme.ts';\n${call};` });
  const first = 'kubectl get pv';
  const second = 'kubectl get pvc';
  const both = block(`$ ${first}`, 'No resources found', `$ ${second}  # all of them`);

  test.each<[what: string, readme: string, runners: Partial<Runners>, told: string[]]>([
    ['takes what .ci/run runs, part by part', block('npm ci && npm run demo'), {}, []],
    ['finds other arguments', block('npm run demo -- --long'), {}, ['nothing runs: npm run demo -- --long']],
    ['finds a block that nothing runs', both, {}, [`nothing runs: ${first}`, `nothing runs: ${second}`]],
    ['takes a block that a test types', both, { tests: typing(`readmeBlock('${first}')`) }, []],
    ['finds the rest of a block', both, { tests: typing(`readmeCommand("${first}")`) }, [`nothing runs: ${second}`]],
    ['finds a command within the text', `See\n\`kubectl get\npv\`.`, {}, [`nothing runs: ${first}`]],
    ['takes one that a test types', `\`${first}\``, { tests: typing(`readmeCommand(\n  '${first}',\n)`) }, []],
    ['takes no command for one', '`volumeType: local` of `--flag x`, `kubectl`, and <code>', {}, []],
    ['takes what cannot be run', block('chcon -R x'), { notRun: { 'chcon -R x': 'no SELinux' } }, []],
    ['finds what can be', block('npm ci'), { notRun: { 'npm ci': 'slow' } }, ['can be run after all: npm ci']],
    ['finds what is gone', '', { notRun: { 'chcon -R x': 'no SELinux' } }, ['is not there: chcon -R x']],
    [
      'finds a test of a block that is not there',
      both,
      { tests: typing(`readmeBlock('${first}'); readmeBlock('${second}')`) },
      [`a.test.ts types a block that is not there: ${second}`],
    ],
    [
      'finds a test of a command that is not there',
      '',
      { tests: typing(`readmeCommand('${first}')`) },
      [`a.test.ts types what is not there: ${first}`],
    ],
  ])('%s', (_, readme, runners, told) => {
    expect(readmeViolations(readme, { tests: {}, ci, notRun: {}, ...runners })).toEqual(told);
  });
});
