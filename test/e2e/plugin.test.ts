import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { until } from '../support/until.ts';
import { describeEndToEnd, testOnCluster } from './e2e-test.ts';
import { claim, pod, storageClass } from './objects.ts';
import { type End, PluginShell } from './plugin-shell.ts';
import type { TestCluster } from './test-cluster.ts';

const test = testOnCluster({ daemon: 'daemonset.yaml' })
  .extend('shell', { scope: 'file' }, async ({ cluster }, { onCleanup }) => {
    const shell = await PluginShell.open(cluster.node.adminKubeconfigPath);
    onCleanup(() => shell[Symbol.asyncDispose]());
    return shell;
  })
  .extend('filled', { scope: 'file' }, async ({ cluster }) => {
    await cluster.create(storageClass('kept', { parameters: { trashRetention: '24h' } }));
    for (const name of ['data', 'restored']) {
      await cluster.create(claim(name, 'kept'));
      await cluster.create(
        pod(name, name, 'echo precious >/mnt/file; dd if=/dev/zero of=/mnt/large bs=64k count=8; sleep 2147483647'),
      );
    }
    return {
      data: await cluster.untilBound('data'),
      restored: await cluster.untilBound('restored'),
    };
  });

/** The daemon counts a new volume within two minutes. */
const countedWithinMs = 240_000;

const plugin = 'kubectl hostpath-provisioner';

/** Waits until a command prints what is expected, as the daemon counts and scans in its own time. */
async function untilPrints(shell: PluginShell, command: string, expected: RegExp): Promise<End> {
  const check = async () => {
    const end = await shell.run(command);
    if (!expected.test(end.stdout)) throw new Error(`${command}: ${end.stdout}${end.stderr}`);
    return end;
  };
  return until(`${command} prints ${expected}`, check, { withinMs: countedWithinMs, everyMs: 500 });
}

/** Runs a command that has to succeed without a word on standard error. */
async function printed(shell: PluginShell, command: string): Promise<string> {
  const { code, stdout, stderr } = await shell.run(command);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** Changes the packet filter of the node, which the API server is on, too. */
function onNode({ node }: TestCluster, rules: string): void {
  const [command = '', ...args] = [...node.enter, 'nft', rules];
  execFileSync(command, args);
}

const lines = (text: string): string[] => text.trimEnd().split('\n');

describeEndToEnd('kubectl hostpath-provisioner', () => {
  test('lists claims with the pod that uses them and what they use', { timeout: 2 * countedWithinMs }, async ({
    cluster,
    shell,
    filled,
  }) => {
    await cluster.untilDaemonReady();
    const { stdout } = await untilPrints(shell, `${plugin} volumes --sort-by claim`, /^data .* 5\d\dKi /m);
    const [headings, first, second] = lines(stdout);
    expect(headings).toMatch(/^CLAIM +STATUS +NODE +REQUESTED +USED +USE% +POD +AGE$/);
    expect(first).toMatch(/^data +Bound +node-1 +1Mi +5\d\dKi +5\d% +data +\d+\w*$/);
    expect(second).toMatch(/^restored +Bound +node-1 +1Mi /);

    const wide = await printed(shell, `${plugin} volumes -A --no-headers -o wide`);
    expect(lines(wide)[0]).toContain(filled.data.volume.spec.hostPath.path);
    expect(lines(wide)[0]).toMatch(/^default +data /);
    expect(await printed(shell, `${plugin} volumes -o name`)).toBe(
      'persistentvolumeclaim/data\npersistentvolumeclaim/restored\n',
    );
    const { apiVersion, kind, items } = JSON.parse(await printed(shell, `${plugin} volumes -o json`));
    expect({ apiVersion, kind }).toEqual({ apiVersion: 'hostpath-provisioner/v1', kind: 'VolumeRowList' });
    expect(items).toMatchObject([
      { claim: 'data', node: 'node-1', pods: ['data'], requestedBytes: 2 ** 20, pool: 'default' },
      { claim: 'restored' },
    ]);
    expect(await printed(shell, `${plugin} volumes -o yaml`)).toContain('kind: VolumeRowList');
  });

  test('says so on standard error where there is nothing, and ends with 0', async ({ shell, filled: _ }) => {
    expect(await shell.run(`${plugin} volumes -n kube-system`)).toEqual({
      code: 0,
      stdout: '',
      stderr: 'hostpath-provisioner: no claims of the provisioner in namespace kube-system\n',
    });
    expect(await shell.run(`${plugin} volumes -l app=none -o json`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"items": []'),
    });
  });

  test('lists the base directories of all nodes', async ({ shell, filled: _ }) => {
    const [headings, first, ...others] = lines(await printed(shell, `${plugin} nodes`));
    expect(headings).toMatch(/^NODE +STATUS +BASE DIRECTORY +FS +SIZE +FREE +VOLUMES +REQUESTED +TRASH +ORPHANS$/);
    expect(first).toMatch(/^node-1 +Ready +\/tmp\/hostpath-provisioner +\S+ +\S+ +\S+ +2 +2Mi +\S+ +\d+$/);
    expect(others).toEqual([]);
  });

  test('tells where the directory of a claim and of a volume is', async ({ shell, filled }) => {
    const { metadata, spec } = filled.data.volume;
    const place = `node-1:${spec.hostPath.path}\n`;
    expect(await printed(shell, `${plugin} where data`)).toBe(place);
    expect(await printed(shell, `${plugin} where default/data`)).toBe(place);
    expect(await printed(shell, `${plugin} where -n default data`)).toBe(place);
    expect(await printed(shell, `${plugin} where ${metadata.name}`)).toBe(place);
    const { code, stderr } = await shell.run(`${plugin} where nothing`);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no claim nothing') });
  });

  test('lists deleted volumes, and restores one from whichever node it is on', async ({ cluster, shell, filled }) => {
    const { volume, directory } = filled.restored;
    const { name } = volume.metadata;
    await cluster.kubectl('delete', 'pod,persistentvolumeclaim', 'restored', '--grace-period=1', '--wait');
    const { stdout } = await untilPrints(shell, `${plugin} trash`, new RegExp(name));
    expect(lines(stdout)[0]).toMatch(/^NODE +VOLUME +CLAIM +CLASS +SIZE +REMOVED +KEPT FOR$/);
    expect(lines(stdout)[1]).toMatch(new RegExp(`^node-1 +${name} +default/restored +kept +\\S+ +\\d+\\S* +23h$`));
    expect((await shell.run(`${plugin} trash -n other`)).stderr).toContain('no deleted volumes in namespace other');
    expect(existsSync(directory)).toBe(false);

    const steps = await printed(shell, `${plugin} restore ${name} --claim default/restored`);
    expect(steps).toContain(`volume ${name} is registered for claim default/restored`);
    expect(readFileSync(join(directory, 'file'), 'utf8')).toBe('precious\n');
    await cluster.create(claim('restored', 'kept'));
    expect((await cluster.untilBound('restored')).volume.metadata.name).toBe(name);
  });

  test('refuses to restore what is not there, with the words of the daemon', async ({ shell, filled }) => {
    const unknown = await shell.run(`${plugin} restore pvc-unknown --claim default/any`);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('no node has a directory of volume') });
    const { name } = filled.data.volume.metadata;
    const inUse = await shell.run(`${plugin} restore ${name} --claim default/any`);
    expect(inUse).toMatchObject({ code: 1, stderr: expect.stringMatching(/^hostpath-provisioner: .*data/) });
  });

  test('lists directories that no volume stands for', async ({ cluster, shell }) => {
    mkdirSync(join(cluster.baseDirectory, 'strange'));
    expect(JSON.parse(await printed(shell, `${plugin} orphans -o json`))).toMatchObject({
      kind: 'OrphanRowList',
      items: [{ node: 'node-1', reason: 'NoRecord' }],
    });
  });

  test('prints its version and that of the daemons', async ({ shell }) => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
    expect(await printed(shell, `${plugin} version`)).toBe(`plugin    ${version}\ndaemons   ${version} on 1 node\n`);
  });

  test('is completed by kubectl', async ({ shell, filled }) => {
    const complete = async (words: string) =>
      lines((await shell.run(`kubectl __complete hostpath-provisioner ${words}`)).stdout);
    expect(await complete("'vol'")).toEqual([expect.stringMatching(/^volumes\t/), ':4']);
    expect(await complete("volumes -n 'kube-s'")).toEqual(['kube-system', ':4']);
    expect(await complete("nodes --node ''")).toEqual(['node-1', ':4']);
    expect(await complete("where 'dat'")).toEqual(['data', ':4']);
    expect(await complete(`where '${filled.data.volume.metadata.name}'`)).toHaveLength(2);
  });

  test('takes a closed pipe for no error', async ({ shell, filled: _ }) => {
    const { code, stdout, stderr } = await shell.run(`${plugin} volumes -A -o json | head -n 1`);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '{\n', stderr: '' });
  });

  test('uses a command in the pod where the API server cannot reach the port of the daemon', async ({
    cluster,
    shell,
    filled: _,
  }) => {
    onNode(cluster, 'add table inet test; add chain inet test output { type filter hook output priority 0; }');
    onNode(cluster, 'add rule inet test output tcp dport 8080 reject with tcp reset');
    try {
      expect((await cluster.askDaemon('readyz')).status).toBe(503);
      const { code, stdout } = await shell.run(`${plugin} nodes --no-headers`);
      expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^node-1 +\w+ +\/tmp/) });
    } finally {
      onNode(cluster, 'delete table inet test');
    }
  });
});
