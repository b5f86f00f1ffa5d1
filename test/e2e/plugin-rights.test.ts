import { expect } from 'vitest';
import { documentedCommands } from '../install/documented.ts';
import type { Json } from '../support/api.ts';
import { uniqueName } from '../support/build.ts';
import { readManifests } from '../support/manifests.ts';
import { until } from '../support/until.ts';
import { kubeconfigAs, untilGranted } from './asking.ts';
import { describeEndToEnd, testOnCluster } from './e2e-test.ts';
import { claim, pod, storageClass } from './objects.ts';
import { PluginShell } from './plugin-shell.ts';
import type { TestCluster } from './test-cluster.ts';

const test = testOnCluster({ daemon: 'daemonset.yaml' })
  .extend('shell', { scope: 'file' }, async ({ cluster }, { onCleanup }) => {
    const shell = await PluginShell.open(cluster.node.adminKubeconfigPath);
    onCleanup(() => shell[Symbol.asyncDispose]());
    return shell;
  })
  .extend('trashed', { scope: 'file' }, async ({ cluster, shell }) => {
    await cluster.create(storageClass('kept', { parameters: { trashRetention: '24h' } }));
    for (const name of ['data', 'deleted']) {
      await cluster.create(claim(name, 'kept'));
      await cluster.selectNode(name);
      await cluster.untilBound(name);
    }
    await cluster.create(pod('user', 'data', 'sleep 2147483647'));
    const { volume } = await cluster.untilBound('deleted');
    const { name } = volume.metadata;
    await cluster.kubectl('delete', 'persistentvolumeclaim', 'deleted', '--wait');
    const isCounted = async () => {
      const { stdout } = await shell.run(`${plugin} volumes; ${plugin} trash`);
      return stdout.includes(name) && !stdout.includes('<unknown>');
    };
    await until('usage and trash are known', isCounted, { withinMs: countedWithinMs, everyMs: 500 });
    return name as string;
  });

/** The daemon counts a new volume within two minutes. */
const countedWithinMs = 240_000;

const plugin = 'kubectl hostpath-provisioner';
const system = 'hostpath-provisioner-system';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const [viewerOfCluster, viewerOfDaemons] = readManifests('rbac/users/viewer.yaml');
const [operatorOfDaemons] = readManifests('rbac/users/operator.yaml');

/** A right as "verb resource". */
const without = ({ rules }: Json, right: string | undefined): Json[] =>
  rules.flatMap(({ apiGroups, resources, verbs }: Json) =>
    resources.map((resource: string) => ({
      apiGroups,
      resources: [resource],
      verbs: verbs.filter((verb: string) => `${verb} ${resource}` !== right),
    })),
  );

/** Makes a user who has both roles but for one right of each. @returns the variable that makes a command theirs */
async function userWith(
  { cluster, shell }: { cluster: TestCluster; shell: PluginShell },
  [clusterRole, role]: [Json, Json],
  taken: { ofCluster?: string; ofDaemons?: string } = {},
): Promise<{ KUBECONFIG: string }> {
  const name = uniqueName('user');
  const user = { user: name };
  const bind = async (kind: string, path: string, rules: Json[], namespace?: string) => {
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    const some = rules.filter(({ verbs }) => verbs.length > 0);
    await cluster.api.create(`${path}/${kind.toLowerCase()}s`, { apiVersion, kind, metadata: { name }, rules: some });
    await cluster.api.create(`${path}/${kind.toLowerCase()}bindings`, {
      apiVersion,
      kind: `${kind}Binding`,
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
    });
    await untilGranted(cluster, user, some, namespace);
  };
  await bind('ClusterRole', rbac, without(clusterRole, taken.ofCluster));
  await bind('Role', `${rbac}/namespaces/${system}`, without(role, taken.ofDaemons), system);
  return { KUBECONFIG: kubeconfigAs(user, cluster, shell) };
}

const viewer: [Json, Json] = [viewerOfCluster, viewerOfDaemons];
const operator: [Json, Json] = [viewerOfCluster, operatorOfDaemons];

interface Row {
  ofCluster?: string;
  ofDaemons?: string;
  command: string;
  /** What is printed nevertheless. */
  stdout: RegExp;
  /** What is missing, in the one line on standard error. */
  right: string;
}

const inAll = 'in all namespaces';
const inSystem = `in namespace ${system}`;

describeEndToEnd('kubectl hostpath-provisioner of a user who is bound to the shipped roles', () => {
  test('reads all that it needs, bound as docs/plugin.md says: viewer', { timeout: 2 * countedWithinMs }, async ({
    cluster,
    shell,
    trashed: _,
  }) => {
    const [bindings] = documentedCommands('plugin.md', 'Rights');
    expect(await shell.run(`set -e; ${bindings}`)).toMatchObject({ code: 0, stderr: '' });
    const jane = { user: 'jane', groups: ['developers'] };
    await untilGranted(cluster, jane, viewerOfCluster.rules);
    await untilGranted(cluster, jane, viewerOfDaemons.rules, system);
    const env = { KUBECONFIG: kubeconfigAs(jane, cluster, shell) };
    for (const command of ['volumes -A -o wide', 'nodes -o wide', 'version', 'where data']) {
      expect(await shell.run(`${plugin} ${command}`, env), command).toMatchObject({
        code: 0,
        stdout: expect.not.stringContaining('<unknown>'),
        stderr: '',
      });
    }
  });

  test.for<Row>([
    {
      ofCluster: 'list persistentvolumeclaims',
      command: 'volumes -A',
      stdout: /^default +data +Bound +node-1 +<unknown> /m,
      right: `list persistentvolumeclaims ${inAll}`,
    },
    {
      ofCluster: 'list persistentvolumes',
      command: 'volumes -A -o wide',
      stdout: /^default +data +Bound +node-1 +1Mi .* <unknown>$/m,
      right: 'list persistentvolumes',
    },
    {
      ofCluster: 'list storageclasses',
      command: 'volumes -A',
      stdout: /^default +data +Bound +node-1 +1Mi /m,
      right: 'list storageclasses',
    },
    {
      ofCluster: 'list pods',
      command: 'volumes -A',
      stdout: /^default +data .* <unknown> +\S+$/m,
      right: `list pods ${inAll}`,
    },
    { ofCluster: 'list nodes', command: 'nodes', stdout: /^node-1 +Ready /m, right: 'list nodes' },
    {
      ofDaemons: 'list daemonsets',
      command: 'nodes',
      stdout: /^node-1 +Ready /m,
      right: `list daemonsets ${inSystem}`,
    },
    {
      ofDaemons: 'get pods/proxy',
      command: 'volumes -A',
      stdout: /^default +data +Bound +node-1 +1Mi +<unknown> +<unknown> +user /m,
      right: `get pods/proxy ${inSystem}`,
    },
    {
      ofDaemons: 'get pods/proxy',
      command: 'nodes',
      stdout: /^node-1 +Ready +<unknown> /m,
      right: `get pods/proxy ${inSystem}`,
    },
  ])(
    'answers with what it can read, and one line: $command without the right to $right',
    async (row, { cluster, shell, trashed: _ }) => {
      const { command, stdout, right, ofCluster, ofDaemons } = row;
      const taken = { ...(ofCluster && { ofCluster }), ...(ofDaemons && { ofDaemons }) };
      const end = await shell.run(`${plugin} ${command}`, await userWith({ cluster, shell }, viewer, taken));
      expect(end).toMatchObject({ code: 0, stdout: expect.stringMatching(stdout) });
      expect(end.stderr).toMatch(
        new RegExp(`^hostpath-provisioner: cannot read .*: the right to ${right} is missing\n$`),
      );
    },
  );

  test('cannot list daemons without the right to, and says so', async ({ cluster, shell, trashed: _ }) => {
    // The right to list pods in all namespaces holds in that of the daemons, too.
    const both = { ofCluster: 'list pods', ofDaemons: 'list pods' };
    const end = await shell.run(`${plugin} nodes`, await userWith({ cluster, shell }, viewer, both));
    expect(end).toMatchObject({ code: 0, stdout: expect.stringMatching(/^node-1 +Unknown +<unknown> /m) });
    expect(end.stderr).toBe(
      `hostpath-provisioner: cannot read the daemons: the right to list pods ${inSystem} is missing\n`,
    );
  });

  test('sees the names and sizes of deleted volumes as a viewer, and all of them as an operator', async ({
    cluster,
    shell,
    trashed,
  }) => {
    const seen = await shell.run(`${plugin} trash`, await userWith({ cluster, shell }, viewer));
    expect(seen.stdout).toMatch(
      new RegExp(`^node-1 +${trashed} +<unknown> +<unknown> +\\S+ +<unknown> +<unknown>$`, 'm'),
    );
    expect(seen.stderr).toContain(`the right to get and create pods/exec ${inSystem} is missing`);
    const joe = { user: 'joe', groups: ['admins'] };
    await untilGranted(cluster, joe, operatorOfDaemons.rules, system);
    const asOperator = { KUBECONFIG: kubeconfigAs(joe, cluster, shell) };
    const all = await shell.run(`${plugin} trash`, asOperator);
    expect(all).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('default/deleted') });
  });

  test('restores as an operator, and as nobody who lacks a right', async ({ cluster, shell, trashed }) => {
    const command = `${plugin} restore ${trashed} --claim default/deleted`;
    for (const [roles, taken] of [
      [viewer, {}],
      [operator, { ofDaemons: 'create pods/exec' }],
      [operator, { ofDaemons: 'get pods/exec' }],
    ] as const) {
      const { code, stderr } = await shell.run(command, await userWith({ cluster, shell }, roles, taken));
      const problem = `hostpath-provisioner: the right to get and create pods/exec ${inSystem} is missing\n`;
      expect({ code, stderr }).toEqual({ code: 1, stderr: problem });
    }
    expect(await shell.run(command, await userWith({ cluster, shell }, operator))).toMatchObject({
      code: 0,
      stderr: '',
    });
  });
});
