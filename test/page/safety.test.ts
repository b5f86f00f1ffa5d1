import { expect } from 'vitest';
import { describeInBrowser, ShownContent, testInBrowser } from './page-test.ts';

const evil = `"><img src=x onerror="globalThis.harmed = true"><script>globalThis.harmed = true</script>`;

function hostile(): ShownContent {
  const shown = new ShownContent();
  const { now } = shown;
  shown.now = {
    ...now,
    findings: [{ level: 'FAIL', check: evil, subject: evil, text: evil, command: evil }],
    nodes: now.nodes.map((node) => ({ ...node, node: evil, status: evil, baseDirectory: evil })),
    volumes: now.volumes.map((volume) => ({ ...volume, claim: `${volume.claim}${evil}`, pods: [evil], remark: evil })),
    trash: now.trash.map((entry) => ({ ...entry, volume: evil, claim: evil, problem: evil })),
    problems: { nodes: [evil], volumes: [evil], trash: [evil] },
  };
  return shown;
}

describeInBrowser('the page', () => {
  testInBrowser('asks nobody but its own server, and for nothing that it does not need', async ({ tab, serve }) => {
    const shown = new ShownContent();
    const { url } = await serve(shown, { refreshMs: 50 });
    await tab.open(url);
    await tab.until(
      "performance.getEntriesByType('resource').filter(({ initiatorType }) => initiatorType === 'xmlhttprequest').length > 2",
    );
    expect(tab.requests.filter((address) => new URL(address).origin !== new URL(url).origin)).toEqual([]);
    const names = new Set(tab.requests.map((address) => new URL(address).pathname.split('/').at(-1)));
    expect([...names].toSorted()).toEqual(['', 'changes.js', 'icon.svg', 'page.css', 'page.js', 'volumes.js']);
    expect(tab.complaints).toEqual([]);
  });

  testInBrowser('is loaded again without its token, which is no longer in the address', async ({ tab, serve }) => {
    const { url } = await serve(new ShownContent());
    await tab.open(url);
    const address = await tab.evaluate('location.href');
    expect(address).not.toContain('token');
    await tab.open(address);
    expect(await tab.evaluate("document.querySelector('h1').textContent")).toBe('hostpath-provisioner');
    expect(await tab.evaluate('document.cookie')).toBe('');
  });

  testInBrowser(
    'takes hostile names for text, also after refreshes, a filter and a new order',
    async ({ tab, serve }) => {
      const shown = hostile();
      await tab.open((await serve(shown, { refreshMs: 50 })).url);
      await tab.evaluate("document.getElementById('filter').focus()");
      await tab.type('onerror');
      await tab.evaluate("document.querySelector('#volumes .sort').click()");
      shown.now = { ...shown.now, volumes: shown.now.volumes.slice(1) };
      await tab.until("document.querySelectorAll('#volumes-table tbody tr').length === 9");
      expect(await tab.evaluate('globalThis.harmed')).toBeUndefined();
      expect(await tab.evaluate("document.querySelectorAll('main img, main script').length")).toBe(0);
      expect(await tab.evaluate("document.querySelector('#findings strong').textContent")).toBe(evil);
      expect(tab.complaints).toEqual([]);
    },
  );

  testInBrowser('would not run what got into it', async ({ tab, serve }) => {
    await tab.open((await serve(new ShownContent())).url);
    const ways = [
      "document.body.innerHTML = '<b>'",
      "document.body.setAttribute('onclick', 'harmed = true')",
      "document.createElement('script').text = 'harmed = true'",
    ];
    for (const way of ways)
      await expect(tab.evaluate(way)).rejects.toThrow(/requires 'Trusted(HTML|Script)' assignment/);
  });
});
