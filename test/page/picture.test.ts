import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pageAssets } from '../../src/plugin/page/assets.ts';
import { pageDocument } from '../../src/plugin/page/document.ts';
import { describeInBrowser, ShownContent, testInBrowser } from './page-test.ts';
import { readNote, withNote } from './png-note.ts';
import { sampleContent } from './sample.ts';

const pictures = join(import.meta.dirname, '../../docs/pictures');
const pictureOf = (scheme: string): string => join(pictures, scheme === 'light' ? 'page.png' : 'page-dark.png');

/** Whether the pictures are to be written: `vitest -u`. Known within a test alone. */
const isUpdate = (): boolean => expect.getState().snapshotState.snapshotUpdateState === 'all';

const width = 1_280;
const pixelRatio = 1.5;

/**
 * What the picture shows. Two machines draw it with other fonts, so the pictures themselves are not compared: each holds the
 * fingerprint of what it was made of.
 */
function fingerprint(): string {
  const options = {
    subject: 'context production, all namespaces',
    clusterOptions: [],
    refreshMs: 30_000,
    basePath: '/',
  };
  const parts = [pageDocument(sampleContent(), options), pageAssets().get('page.css')?.text ?? ''];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

describeInBrowser('the picture of README.md', () => {
  for (const scheme of ['light', 'dark'] as const) {
    testInBrowser(`can be drawn, ${scheme}`, async ({ tab, serve }) => {
      await tab.prefer(scheme);
      await tab.resize({ width, height: 900 }, pixelRatio);
      await tab.open((await serve(new ShownContent())).url);
      const height = await tab.evaluate('Math.ceil(document.body.getBoundingClientRect().height)');
      await tab.resize({ width, height }, pixelRatio);
      await tab.evaluate('new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))');
      const picture = await tab.screenshot();
      if (isUpdate()) {
        mkdirSync(dirname(pictureOf(scheme)), { recursive: true });
        writeFileSync(pictureOf(scheme), withNote(picture, fingerprint()));
      }
      expect(picture.length).toBeGreaterThan(50_000);
    });

    testInBrowser(`shows the page as it is now, ${scheme}`, () => {
      const file = pictureOf(scheme);
      const noted = existsSync(file) ? readNote(readFileSync(file)) : 'no picture';
      expect(noted, `draw ${file} again: npm run test:page -- -u`).toBe(fingerprint());
    });
  }
});

describe('a note in a PNG', () => {
  test('is read again, and an older one is not', () => {
    const picture = readFileSync(pictureOf('light'));
    expect(readNote(withNote(picture, 'something else'))).toBe('something else');
  });
});
