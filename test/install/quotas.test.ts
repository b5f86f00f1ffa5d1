import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { overlayNames } from './clusters.ts';
import { documentedCommands, withNames } from './documented.ts';
import { test as base } from './install-test.ts';
import { objectsOf } from './objects.ts';
import { type Project, sccRefusals } from './scc-admission.ts';

const [documented] = documentedCommands('sizes.md', 'Turn it on');
const daemonSet = 'DaemonSet/hostpath-provisioner';
const scc = 'SecurityContextConstraints/hostpath-provisioner-system';
const project: Project = { uids: [1_000_680_000, 1_000_689_999], level: 's0-s0:c0.c1023' };

/** A test that makes a user's own overlay with the documented command, in a copy of the folders, and renders it. */
const test = base.extend('withQuotas', async ({ shell }, { onCleanup }) => {
  const copy = await temporaryDirectory();
  onCleanup(() => copy[Symbol.asyncDispose]());
  await shell.run(`cp -r overlays rbac manifests ${copy.path}`);
  return async (overlay: string): Promise<Record<string, Json>> => {
    const own = `overlays/own-${overlay}`;
    const add = withNames(documented, { 'overlays/k3s': `overlays/${overlay}`, 'overlays/own': own });
    return objectsOf(await shell.run(`cd ${copy.path} && ${add} && kubectl kustomize ${own}`));
  };
});

/** The same objects, in which the daemon may limit volumes. */
function withCapability(objects: Record<string, Json>): Record<string, Json> {
  const changed = structuredClone(objects);
  changed[daemonSet].spec.template.spec.containers[0].securityContext.capabilities.add.push('SYS_ADMIN');
  changed[scc]?.allowedCapabilities.push('SYS_ADMIN');
  return changed;
}

const admittedBy = (objects: Record<string, Json>, of: Record<string, Json> = objects) =>
  sccRefusals(of[scc], objects[daemonSet].spec.template.spec, project);

describe('Quotas add one capability and change nothing else:', () => {
  test.for(overlayNames)('the component in overlays/%s', async (overlay, { shell, withQuotas }) => {
    const without = objectsOf(await shell.run(`kubectl kustomize overlays/${overlay}`));
    expect(await withQuotas(overlay)).toEqual(withCapability(without));
  });

  test("the chart's value, also on OpenShift", async ({ shell }) => {
    const render = async (flags: string) =>
      objectsOf(
        await shell.run(`helm template x charts/hostpath-provisioner --api-versions security.openshift.io/v1 ${flags}`),
      );
    expect(await render('--set quotas.enabled=true')).toEqual(withCapability(await render('')));
  });
});

test('OpenShift admits these pods by the SCC that comes with them, and refuses them by the other one', async ({
  shell,
  withQuotas,
}) => {
  const [objects, without] = [
    await withQuotas('openshift'),
    objectsOf(await shell.run('kubectl kustomize overlays/openshift')),
  ];
  expect(admittedBy(objects)).toEqual([]);
  expect(admittedBy(objects, without)).toEqual(['SYS_ADMIN: capability may not be added']);
});
