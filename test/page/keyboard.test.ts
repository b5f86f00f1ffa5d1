import { expect } from 'vitest';
import type { BrowserTab } from './browser-tab.ts';
import { describeInBrowser, ShownContent, testInBrowser } from './page-test.ts';

const nameOfFocused = `(() => {
  const { activeElement } = document;
  const name = activeElement.labels?.[0] ?? document.getElementById(activeElement.getAttribute('aria-labelledby')) ?? activeElement;
  return name.textContent;
})()`;

const outlineOfFocused = 'getComputedStyle(document.activeElement).outlineStyle';

/** Presses Tab so many times, and returns what gets the focus. */
async function walk(tab: BrowserTab, steps: number): Promise<string[]> {
  const names: string[] = [];
  for (let step = 0; step < steps; step += 1) {
    await tab.press('Tab');
    names.push(await tab.evaluate(nameOfFocused));
    expect(await tab.evaluate(outlineOfFocused)).toBe('solid');
  }
  return names;
}

describeInBrowser('with the keyboard alone', () => {
  testInBrowser('everything is reached in the order of the page, and is seen to be', async ({ tab, serve }) => {
    await tab.open((await serve(new ShownContent())).url);
    expect(await walk(tab, 21)).toEqual([
      'Skip to the volumes',
      'Pause refresh',
      'Copy the command that helps with claim dev/pg (failure claim-pending)',
      'Copy the command that helps with claim dev/uploads (failure volume-directory-missing)',
      'Copy the command that helps with node node-2 (warning base-directory-almost-full)',
      'Copy the command that helps with claim shop/data-postgres-0 (warning volume-over-request)',
      expect.stringMatching(/^\d checks? found nothing wrong$/),
      'Base directories of the nodes',
      'Filter',
      'Claims and their volumes',
      'Claim',
      'Node',
      'Status',
      'Pods',
      'Used',
      'Requested',
      'Used of requested',
      'Remark',
      'Deleted volumes that are kept',
      'Copy the command that restores pvc-1f0e7a52-33d9-4c8e-b1a4-0d9c5e8f7a21',
      'Copy the command that restores pvc-c5a8fe30-8a4f-4f27-9a51-6b0f3c1e2d47',
    ]);
  });

  testInBrowser('the volumes are one key away', async ({ tab, serve }) => {
    await tab.open((await serve(new ShownContent())).url);
    await tab.press('Tab');
    await tab.press('Enter');
    expect(await walk(tab, 1)).toEqual(['Filter']);
  });

  testInBrowser('volumes are sorted, and the order is told', async ({ tab, serve }) => {
    await tab.open((await serve(new ShownContent())).url);
    await tab.evaluate("document.querySelectorAll('#volumes .sort')[6].focus()");
    const state = `({
      order: document.querySelector('[aria-sort]').ariaSort,
      first: document.querySelector('#volumes-table tbody th').textContent,
    })`;
    await tab.press('Enter');
    expect(await tab.evaluate(state)).toEqual({ order: 'descending', first: 'shop/data-postgres-0' });
    await tab.press('Space');
    expect(await tab.evaluate(state)).toEqual({ order: 'ascending', first: 'monitoring/grafana' });
  });

  testInBrowser('a command is copied', async ({ tab, serve }) => {
    await tab.open((await serve(new ShownContent())).url);
    await tab.allowClipboard();
    await tab.evaluate("document.querySelector('#trash .copy').focus()");
    await tab.press('Enter');
    await tab.until("document.getElementById('announcement').textContent === 'Copied'");
    expect(await tab.evaluate('navigator.clipboard.readText()')).toBe(
      'kubectl hostpath-provisioner restore pvc-1f0e7a52-33d9-4c8e-b1a4-0d9c5e8f7a21 --claim dev/scratch',
    );
  });

  testInBrowser('a command that cannot be copied is selected', async ({ tab, serve }) => {
    await tab.open((await serve(new ShownContent())).url);
    await tab.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("forbidden"))');
    await tab.evaluate("document.querySelector('#trash .copy').focus()");
    await tab.press('Enter');
    await tab.until("document.getElementById('announcement').textContent.startsWith('Selected')");
    expect(await tab.evaluate('getSelection().toString()')).toMatch(/^kubectl hostpath-provisioner restore /);
  });
});
