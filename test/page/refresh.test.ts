import { expect } from 'vitest';
import { until } from '../support/until.ts';
import { describeInBrowser, ShownContent, testInBrowser } from './page-test.ts';

const often = { refreshMs: 50 };
const rows = "[...document.querySelectorAll('#volumes-table tbody th')].map((head) => head.textContent)";

/** The same content but for the used bytes of a claim. */
function use(shown: ShownContent, claim: string, usedBytes: number): void {
  const volumes = shown.now.volumes.map((volume) => (volume.claim === claim ? { ...volume, usedBytes } : volume));
  shown.now = { ...shown.now, volumes };
}

describeInBrowser('a refresh', () => {
  testInBrowser('shows what has changed, in all sections', async ({ tab, serve }) => {
    const shown = new ShownContent();
    await tab.open((await serve(shown, often)).url);
    const [, ...nodes] = shown.now.nodes;
    const volumes = [...shown.now.volumes, { namespace: 'new', claim: 'one', status: 'Bound' }];
    shown.now = { ...shown.now, atMs: shown.now.atMs + 60_000, findings: [], nodes, volumes, trash: [] };
    await tab.until(`${rows}.includes('new/one')`);
    const texts = await tab.evaluate(
      "[...document.querySelectorAll('h2, .summary, #read-at')].map((part) => part.textContent)",
    );
    expect(texts).toEqual(
      expect.arrayContaining(['Nothing wrong found', '2 nodes, 2 ready', 'Trash', '0 deleted volumes, 0', '12:01:05']),
    );
    expect(await tab.evaluate("document.getElementById('announcement').textContent")).toBe('Nothing wrong found');
  });

  testInBrowser('keeps focus, cursor, scrolling, selection, filter, order and what is open', async ({ tab, serve }) => {
    const shown = new ShownContent();
    await tab.open((await serve(shown, often)).url);
    await tab.evaluate("document.querySelector('details').open = true");
    await tab.evaluate("document.querySelectorAll('#volumes .sort')[4].click()");
    await tab.evaluate("document.getElementById('filter').focus({ preventScroll: true })");
    await tab.type('kafka');
    // No further than the filtered page is long: it may be taken for longer until it is drawn.
    await tab.evaluate("document.getElementById('filter').setSelectionRange(1, 3); scrollTo(0, 150)");
    const state = `({
      focused: document.activeElement.id,
      cursor: document.activeElement.selectionStart,
      scrolled: scrollY,
      filter: document.getElementById('filter').value,
      rows: ${rows},
      matches: document.getElementById('matches').textContent,
      order: document.querySelectorAll('#volumes thead th')[4].ariaSort,
      open: document.querySelector('details').open,
    })`;
    const before = await tab.evaluate(state);
    expect(before).toMatchObject({
      focused: 'filter',
      cursor: 1,
      scrolled: 150,
      filter: 'kafka',
      matches: '3 of 10 match',
      open: true,
    });
    use(shown, 'data-0-kafka-2', 1);
    await tab.until("document.querySelector('#volumes-table tbody').textContent.includes('0.000977 KiB')");
    expect(await tab.evaluate(state)).toEqual(before);
  });

  testInBrowser('keeps the focus in a row that another row came before', async ({ tab, serve }) => {
    const shown = new ShownContent();
    await tab.open((await serve(shown, often)).url);
    await tab.evaluate("document.querySelectorAll('#trash .copy')[1].focus({ preventScroll: true })");
    const [first, second] = shown.now.trash;
    if (first === undefined || second === undefined) throw new Error('the sample has no two volumes in the trash');
    shown.now = { ...shown.now, trash: [second, { ...first, volume: 'pvc-new' }] };
    await tab.until("document.querySelectorAll('#trash tbody tr')[1].textContent.includes('pvc-new')");
    expect(await tab.evaluate('document.activeElement.id')).toBe(`copy-trash-${second.node}/default/${second.volume}`);
  });

  testInBrowser('shows the first volumes of a cluster, filtered and sorted as before', async ({ tab, serve }) => {
    const shown = new ShownContent();
    const { volumes } = shown.now;
    shown.now = { ...shown.now, volumes: [] };
    await tab.open((await serve(shown, often)).url);
    await tab.evaluate("document.getElementById('filter').focus()");
    await tab.type('shop');
    shown.now = { ...shown.now, volumes };
    await tab.until("document.getElementById('volumes-table')");
    expect(await tab.evaluate(rows)).toEqual(['shop/data-postgres-0', 'shop/data-redis-0']);
    shown.now = { ...shown.now, volumes: [] };
    await tab.until("document.getElementById('volumes-table') === null");
    expect(await tab.evaluate("document.getElementById('matches').textContent")).toBe('0 of 0 match');
  });

  testInBrowser('leaves the elements alone in which nothing changed', async ({ tab, serve }) => {
    const shown = new ShownContent();
    await tab.open((await serve(shown, often)).url);
    await tab.evaluate(`globalThis.touched = 0; new MutationObserver((changes) => { touched += changes.length; })
      .observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })`);
    const { readings } = shown;
    await until('three more refreshes', () => shown.readings > readings + 3);
    expect(await tab.evaluate('touched')).toBe(0);
  });

  testInBrowser('says that it failed, shows what was read before, and goes on', async ({ tab, serve }) => {
    const shown = new ShownContent();
    await tab.open((await serve(shown, often)).url);
    shown.failure = 'the API server does not answer';
    const trouble = "document.getElementById('trouble').textContent";
    await tab.until(`${trouble} !== ''`);
    expect(await tab.evaluate(trouble)).toBe(
      'The refresh failed: the API server does not answer. The page shows what was read before.',
    );
    expect(await tab.evaluate(rows)).toHaveLength(10);
    shown.failure = undefined;
    await tab.until(`${trouble} === ''`);
  });

  testInBrowser('says that the command has ended', async ({ tab, serve }) => {
    const server = await serve(new ShownContent(), often);
    await tab.open(server.url);
    await server.close();
    await tab.until(
      "document.getElementById('trouble').textContent.startsWith('The command that serves this page does not answer')",
    );
  });
});

describeInBrowser('the pause', () => {
  testInBrowser('ends the refreshes until they are resumed', async ({ chromium, tab, serve }) => {
    const shown = new ShownContent();
    const { url } = await serve(shown, often);
    const other = await chromium.openTab();
    await tab.open(url);
    await other.open(url);
    const button = "document.getElementById('pause')";
    await tab.evaluate(`${button}.click()`);
    expect(await tab.evaluate(`${button}.textContent`)).toBe('Resume refresh');
    const [paused, refreshed] = [tab.requests.length, other.requests.length];
    await until('the page that is not paused is refreshed', () => other.requests.length > refreshed + 5);
    expect(tab.requests).toHaveLength(paused);

    use(shown, 'grafana', 1);
    await tab.evaluate(`${button}.click()`);
    await tab.until("document.getElementById('volumes-table').textContent.includes('0.000977 KiB')");
    expect(await tab.evaluate(`${button}.textContent`)).toBe('Pause refresh');
    await other.close();
  });
});
