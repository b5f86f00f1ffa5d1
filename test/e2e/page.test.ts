import { delimiter, dirname, join } from 'node:path';
import { expect } from 'vitest';
import { bundlePlugin } from '../../scripts/bundle.ts';
import { kubernetesPath, searchPath } from '../control-plane/real/prerequisites.ts';
import { Chromium, obstaclesToBrowser } from '../page/chromium.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { PageCommand } from '../support/page-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';
import { describeEndToEnd, testOnCluster } from './e2e-test.ts';
import { claim, pod, storageClass } from './objects.ts';

const test = testOnCluster({ daemon: 'daemonset.yaml' })
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('pluginFolder', { scope: 'file' }, async ({}, { onCleanup }) => {
    const folder = await temporaryDirectory();
    onCleanup(() => folder[Symbol.asyncDispose]());
    await bundlePlugin({ outfile: join(folder.path, 'kubectl-hostpath_provisioner') });
    return folder.path;
  })
  .extend('page', { scope: 'file' }, async ({ cluster, pluginFolder }, { onCleanup }) => {
    const page = await PageCommand.start(kubernetesPath(), ['kubectl', 'hostpath-provisioner', 'ui'], {
      HOME: pluginFolder,
      PATH: [pluginFolder, dirname(process.execPath), searchPath].join(delimiter),
      KUBECONFIG: cluster.node.adminKubeconfigPath,
    });
    onCleanup(() => page[Symbol.asyncDispose]());
    return page;
  })
  .extend('volumes', { scope: 'file' }, async ({ cluster }) => {
    await cluster.create(storageClass('kept', { parameters: { trashRetention: '24h' } }));
    for (const name of ['shown', 'removed']) {
      await cluster.create(claim(name, 'kept'));
      await cluster.create(pod(name, name, 'dd if=/dev/zero of=/mnt/large bs=64k count=8; sleep 2147483647'));
    }
    return { shown: await cluster.untilBound('shown'), removed: await cluster.untilBound('removed') };
  });

/** Waits until the page shows what is expected, as the daemon counts in its own time. */
function untilShows(page: PageCommand, expected: RegExp): Promise<string> {
  const check = async () => {
    const shown = await (await fetch(page.url)).text();
    return expected.test(shown) && shown;
  };
  return until(`the page shows ${expected}`, check, { withinMs: 100_000, everyMs: 500 });
}

describeEndToEnd('kubectl hostpath-provisioner ui', () => {
  test('shows a volume with what it uses, its pod and its node', async ({ page, volumes: _ }) => {
    const shown = await untilShows(page, /<tr id="volume-default\/shown">.*?5\d\d KiB.*?<\/tr>/);
    const row = /<tr id="volume-default\/shown">.*?<\/tr>/.exec(shown)?.[0];
    expect(row).toMatch(/node-1.*Bound.*shown.*5\d\d KiB.*1 MiB.*5\d%/);
    expect(shown).toMatch(/<tr id="node-node-1\/default">.*Ready.*\/tmp\/hostpath-provisioner.* free of /);
    expect(shown).not.toContain('cannot read');
  });

  test('shows a deleted volume with the command that restores it', async ({ cluster, page, volumes }) => {
    await cluster.kubectl('delete', 'pod,persistentvolumeclaim', 'removed', '--grace-period=1', '--wait');
    const { name } = volumes.removed.volume.metadata;
    await untilShows(
      page,
      new RegExp(`<code>kubectl hostpath-provisioner restore ${name} --claim default/removed</code>`),
    );
  });

  describeUnless('page', obstaclesToBrowser())('in a browser', () => {
    test('shows them', async ({ page, volumes: _ }) => {
      await using chromium = await Chromium.start();
      const tab = await chromium.openTab();
      await tab.open(page.url);
      expect(await tab.evaluate("document.querySelector('#volumes-table tbody th').textContent")).toBe('default/shown');
      expect(tab.complaints).toEqual([]);
    });
  });

  test('ends with Ctrl-C', async ({ page }) => {
    expect(await page.interrupt()).toBe(0);
    await expect(fetch(page.url)).rejects.toThrow();
  });
});
