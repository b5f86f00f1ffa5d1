import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'vitest';
import type { BrowserTab } from './browser-tab.ts';
import { describeInBrowser, ShownContent, testInBrowser } from './page-test.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong in the page as it is now, with the elements. */
async function violations(tab: BrowserTab): Promise<string[]> {
  await tab.evaluate(axe);
  const found = await tab.evaluate('axe.run().then(({ violations }) => violations)');
  return found.flatMap(({ id, nodes }: { id: string; nodes: { html: string }[] }) =>
    nodes.map(({ html }) => `${id}: ${html}`),
  );
}

const unread = (): ShownContent => {
  const shown = new ShownContent();
  const problems = { nodes: ['no right to read nodes'], volumes: ['no right to read pods'], trash: ['no answer'] };
  shown.now = { ...shown.now, problems, nodes: [{ node: 'node-1', status: 'NotReady' }], trash: [] };
  return shown;
};

const failing = (): ShownContent => Object.assign(new ShownContent(), { failure: 'the API server does not answer' });

describeInBrowser('axe finds no violation', () => {
  for (const scheme of ['light', 'dark'] as const) {
    testInBrowser(`in the page, ${scheme}`, async ({ tab, serve }) => {
      await tab.prefer(scheme);
      await tab.open((await serve(new ShownContent())).url);
      expect(await violations(tab)).toEqual([]);
    });

    testInBrowser(`where something could not be read, ${scheme}`, async ({ tab, serve }) => {
      await tab.prefer(scheme);
      await tab.open((await serve(unread())).url);
      expect(await violations(tab)).toEqual([]);
    });

    testInBrowser(`in what is shown if nothing could be read, ${scheme}`, async ({ tab, serve }) => {
      await tab.prefer(scheme);
      await tab.open((await serve(failing())).url);
      expect(await violations(tab)).toEqual([]);
    });
  }

  testInBrowser('in a narrow window, in which tables are scrolled', async ({ tab, serve }) => {
    await tab.resize({ width: 400, height: 800 });
    await tab.open((await serve(new ShownContent())).url);
    expect(await violations(tab)).toEqual([]);
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(400);
  });

  testInBrowser('but it does find one that is put into the page', async ({ tab, serve }) => {
    await tab.open((await serve(new ShownContent())).url);
    await tab.evaluate("document.querySelector('main').append(document.createElement('button'))");
    expect(await violations(tab)).toEqual(['button-name: <button></button>']);
  });
});

describeInBrowser('a screen reader hears', () => {
  testInBrowser('headings in their order, and tables with name, heads and rows', async ({ tab, serve }) => {
    await tab.open((await serve(new ShownContent())).url);
    const nodes = await tab.accessibleNodes();
    const named = (wanted: string) => nodes.filter(({ role }) => role === wanted).map(({ name }) => name);
    expect(named('heading')).toEqual([
      'hostpath-provisioner',
      '2 failures and 2 warnings',
      'Nodes',
      'Volumes',
      'Trash',
    ]);
    expect(named('table')).toEqual([
      'Base directories of the nodes',
      'Claims and their volumes',
      'Deleted volumes that are kept',
    ]);
    expect(named('rowheader')).toContain('shop/data-postgres-0');
    expect(named('columnheader')).toEqual(expect.arrayContaining(['Node', 'Used of requested', 'Restore']));
    expect(named('row')).toHaveLength(3 + 3 + 10 + 2);
  });
});
