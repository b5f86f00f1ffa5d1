import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { uniqueName } from '../support/build.ts';
import type { Cluster } from '../support/cluster.ts';
import { test } from '../support/integration.ts';
import { PageCommand } from '../support/page-command.ts';

const program = join(import.meta.dirname, '../../src/plugin/main.ts');

const startPage = (...args: string[]): Promise<PageCommand> =>
  PageCommand.start(process.execPath, [program, 'ui', ...args], process.env);

const asAdmin = (): string[] => ['--kubeconfig', inject('adminKubeconfigPath')];

/** A class that the plugin takes for one of the daemon's, and a claim of it. */
async function claimFor(cluster: Cluster): Promise<string> {
  const className = uniqueName('class');
  await cluster.createClass(className, {
    provisioner: 'hostpath-provisioner',
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  await cluster.createClaim('data', { spec: { storageClassName: className } });
  return `volume-${cluster.namespace}/data`;
}

test('the command ui shows the claims of the cluster, and ends with Ctrl-C', async ({ cluster }) => {
  const row = await claimFor(cluster);
  await using page = await startPage(...asAdmin());
  const answer = await fetch(page.url);
  expect(answer.status).toBe(200);
  const shown = await answer.text();
  expect(shown).toContain(`<tr id="${row}"`);
  expect(shown).toContain(', all namespaces</p>');
  expect(await page.interrupt()).toBe(0);
});

test('the command ui shows the claims of one namespace', async ({ cluster }) => {
  const row = await claimFor(cluster);
  await using page = await startPage(...asAdmin(), '--namespace', cluster.namespace);
  await using other = await startPage(...asAdmin(), '--namespace', 'default');
  expect(await (await fetch(page.url)).text()).toContain(`<tr id="${row}"`);
  expect(await (await fetch(other.url)).text()).not.toContain(`<tr id="${row}"`);
});

test('the command ui shows to each user what the user may read, and says what is missing', async ({ cluster }) => {
  cluster.expectsDenials = true;
  const row = await claimFor(cluster);
  const rules = [
    { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['list'] },
    { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: ['list'] },
  ];
  await using page = await startPage('--kubeconfig', await cluster.kubeconfigWithRights(rules));
  const shown = await (await fetch(page.url)).text();
  expect(shown).toContain(`<tr id="${row}"`);
  expect(shown).toMatch(/<p class="problem">cannot read pods: [^<]+</);
  expect(shown).toMatch(/<p class="problem">cannot read nodes: [^<]+</);
});

test('the command ui says why nothing can be read, and goes on', async ({ cluster }) => {
  await using page = await startPage('--kubeconfig', await cluster.daemonKubeconfig({ server: 'https://127.0.0.1:1' }));
  for (const _ of ['first', 'again']) {
    const answer = await fetch(page.url);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toMatch(/<p class="problem" id="failure">[^<]*127\.0\.0\.1:1/);
  }
});

test.each(['x', '-1', '65536', '80.5'])('the command ui does not take %s for a port', async (port) => {
  await expect(startPage(...asAdmin(), `--port=${port}`)).rejects.toThrow(
    `--port is "${port}": use a number from 0 to 65535`,
  );
});

test('the command ui takes the port that it is given', async () => {
  await using page = await startPage(...asAdmin());
  const { port } = new URL(page.url);
  await expect(startPage(...asAdmin(), '--port', port)).rejects.toThrow(
    /cannot listen on 127\.0\.0\.1:\d+ .*set another --port/,
  );
  await page.interrupt();
  await using next = await startPage(...asAdmin(), '--port', port);
  expect(new URL(next.url).port).toBe(port);
});
