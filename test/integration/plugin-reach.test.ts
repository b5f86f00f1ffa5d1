import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { kubernetesPath } from '../control-plane/real/prerequisites.ts';
import { json, ScriptedServer } from '../support/scripted-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const plugin = join(import.meta.dirname, '../../src/plugin/main.ts');
const emptyList = json(200, { kind: 'List', metadata: { resourceVersion: '1' }, items: [] });

/** Two contexts of one server, whose URL tells them apart, and one that names no namespace. */
const kubeconfig = (server: string, current: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: ['one', 'two'].map((name) => ({ name, cluster: { server: `${server}/${name}` } })),
    users: [{ name: 'tester', user: {} }],
    contexts: [
      { name: 'one', context: { cluster: 'one', user: 'tester', namespace: 'first' } },
      { name: 'two', context: { cluster: 'two', user: 'tester', namespace: 'second' } },
      { name: 'bare', context: { cluster: 'two', user: 'tester' } },
    ],
    'current-context': current,
  });

interface Row {
  /** Kubeconfig files by their paths in the home directory, with their current context. */
  files: Record<string, string>;
  kubeconfig?: string[];
  args?: string[];
  /** Cluster and namespace, or what is said when there is none. */
  answer: string | RegExp;
}

async function judge({ files, kubeconfig: variable, args = [], answer }: Row): Promise<void> {
  await using home = await temporaryDirectory();
  await using server = await ScriptedServer.start(() => emptyList);
  await mkdir(join(home.path, '.kube'));
  for (const [path, current] of Object.entries(files)) {
    await writeFile(join(home.path, path), kubeconfig(server.url, current));
  }
  const surroundings = {
    cwd: home.path,
    env: {
      PATH: process.env.PATH,
      HOME: home.path,
      ...(variable && { KUBECONFIG: variable.map((path) => join(home.path, path)).join(delimiter) }),
    },
  };
  const run = promisify(execFile);

  const { stderr } = await run(process.execPath, [plugin, 'volumes', ...args], surroundings).catch((error) => error);
  const asked = server.requests.map(({ path }) =>
    /^\/(\w+)\/api\/v1\/namespaces\/(\w+)\/persistentvolumeclaims$/.exec(path),
  );
  const [reached] = asked.flatMap((match) => (match ? `${match[1]}/${match[2]}` : []));
  if (answer instanceof RegExp) {
    expect(reached).toBeUndefined();
    expect(stderr).toMatch(answer);
  } else expect(reached, stderr).toBe(answer);

  if (inject('controlPlane') !== 'real') return;
  const view = ['kubectl', 'config', 'view', '--minify', '--output=json', ...args];
  const ofKubectl = await run(kubernetesPath(), view, surroundings).then(
    ({ stdout }) => {
      const { clusters, contexts } = JSON.parse(stdout);
      return `${clusters[0].cluster.server.split('/').at(-1)}/${contexts[0].context.namespace ?? 'default'}`;
    },
    () => undefined,
  );
  expect(ofKubectl).toBe(reached);
}

describe.concurrent('the plugin uses the cluster and the namespace that kubectl would use:', () => {
  test.for<[string, Row]>([
    ['those of ~/.kube/config', { files: { '.kube/config': 'one' }, answer: 'one/first' }],
    ['namespace "default" where the context names none', { files: { '.kube/config': 'bare' }, answer: 'two/default' }],
    [
      'those of KUBECONFIG before ~/.kube/config',
      { files: { '.kube/config': 'one', other: 'two' }, kubeconfig: ['other'], answer: 'two/second' },
    ],
    [
      'those of the first file of several',
      { files: { a: 'two', b: 'one' }, kubeconfig: ['missing', 'a', 'b'], answer: 'two/second' },
    ],
    [
      'those of --kubeconfig before KUBECONFIG',
      { files: { a: 'one', b: 'two' }, kubeconfig: ['a'], args: ['--kubeconfig', 'b'], answer: 'two/second' },
    ],
    ['those of --context', { files: { '.kube/config': 'one' }, args: ['--context=two'], answer: 'two/second' }],
    [
      'none, if there is no such context',
      {
        files: { '.kube/config': 'one' },
        args: ['--context', 'three'],
        answer: /\.kube\/config: it has no context "three", but one, two, bare\n$/,
      },
    ],
    ['none, if there is no file', { files: {}, answer: /no API server is configured/ }],
  ])('%s', ([, row]) => judge(row));
});

test('the daemon takes no cluster from ~/.kube/config', async () => {
  await using home = await temporaryDirectory();
  await mkdir(join(home.path, '.kube'));
  await writeFile(join(home.path, '.kube/config'), kubeconfig('https://127.0.0.1:1', 'one'));
  const daemon = join(import.meta.dirname, '../../src/main.ts');
  const env = { PATH: process.env.PATH, HOME: home.path };
  const started = promisify(execFile)(process.execPath, [daemon, '--node-name', 'node-1'], { env });
  await expect(started).rejects.toMatchObject({ stderr: expect.stringContaining('no API server is configured') });
});
