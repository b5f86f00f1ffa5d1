import { describe, expect } from 'vitest';
import { readClassParameters } from '../../src/model/class-parameters.ts';
import { chartFlags, clusterKinds, overlayNames } from './clusters.ts';
import { documentedCommands, withNames } from './documented.ts';
import { testOnApiServer as base } from './install-test.ts';
import { nameOf, objectsOf } from './objects.ts';
import { sccDefinition } from './scc-definition.ts';

const template = 'helm template hostpath-provisioner charts/hostpath-provisioner';
const dryRun = 'kubectl apply --dry-run=server';

/** An API server that has what a dry run does not make: the namespace, and what OpenShift's API server knows. */
const test = base.extend('prepared', { scope: 'file', auto: true }, async ({ shell }) => {
  await shell.run('kubectl apply -f rbac/namespace.yaml');
  await shell.run(`kubectl apply -f - <<< '${JSON.stringify(sccDefinition())}'`);
  await shell.run('kubectl wait --for=condition=Established --timeout=30s customresourcedefinition --all');
  return true;
});

/** kubectl says so of each overlay with an order of its own, which it then keeps to. */
const keepsOrder = /Sorting order is set both .* Using the kustomization file over the CLI flag\.$/;

/** What kubectl tells of each object: that it was taken, by kind and name, and warnings. */
function expectAllTaken(told: string, rendered: string): void {
  const lines = told
    .trim()
    .split('\n')
    .filter((line) => !keepsOrder.test(line));
  const taken = lines.map((line) =>
    /^([a-z]+)\S*\/(\S+) (created|unchanged|configured) \(server dry run\)$/.exec(line),
  );
  expect(lines.filter((_, n) => taken[n] === null)).toEqual([]);
  const names = Object.values(objectsOf(rendered)).map(nameOf);
  expect(taken.map((match) => `${match?.[1]}/${match?.[2]}`).sort()).toEqual(
    names.map((name) => name.replace(/^[^/]+/, (kind) => kind.toLowerCase())).sort(),
  );
}

describe('A real API server takes, without a warning', () => {
  test.for(overlayNames)('overlays/%s', async (overlay, { shell }) => {
    const rendered = await shell.run(`kubectl kustomize overlays/${overlay}`);
    expectAllTaken(await shell.run(`${dryRun} -k overlays/${overlay} 2>&1`), rendered);
  });

  test.for(clusterKinds())('the chart with the base directory of $overlay', async (kind, { shell }) => {
    const flags = `${chartFlags(kind)} --set quotas.enabled=true --api-versions security.openshift.io/v1`;
    const rendered = await shell.run(`${template} ${flags}`);
    expectAllTaken(await shell.run(`${template} ${flags} | ${dryRun} -f - 2>&1`), rendered);
  });

  test.for(['single', 'kraft-three', 'zookeeper'])('manifests/kafka/%s', async (folder, { shell }) => {
    const rendered = await shell.run(`kubectl kustomize manifests/kafka/${folder}`);
    expectAllTaken(await shell.run(`${dryRun} -k manifests/kafka/${folder} 2>&1`), rendered);
  });

  test('the documented class of limited volumes, whose parameters the daemon takes too', async ({ shell }) => {
    const [, apply = ''] = documentedCommands('sizes.md', 'Turn it on');
    const printed = await shell.run(withNames(apply, { 'kubectl apply': `${dryRun} -o json` }));
    expect(readClassParameters(JSON.parse(printed).parameters)).toMatchObject({ enforcesQuota: true });
  });

  test("the article's claim and pod", async ({ shell }) => {
    const told = await shell.run(`${dryRun} -f manifests/claim.yaml -f manifests/test-pod.yaml 2>&1`);
    expect(told.match(/created \(server dry run\)/g)).toHaveLength(2);
    expect(told).not.toContain('Warning');
  });
});

describe('It refuses', () => {
  test('a field that it does not know', async ({ shell }) => {
    const changed = `kubectl kustomize overlays/kind | sed 's/ dnsPolicy:/ dnsPolitics:/' | ${dryRun} -f -`;
    expect(await shell.refused(changed)).toContain('unknown field "spec.template.spec.dnsPolitics"');
  });

  test.for(['priority: 0', 'defaultAddCapabilities: \\[\\]'])('an SCC without "%s"', async (line, { shell }) => {
    const changed = `sed 's/^${line}$//' rbac/openshift/scc.yaml | ${dryRun} -f -`;
    expect(await shell.refused(changed)).toContain('Required value');
  });
});
