import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { brokenLinks, type Files } from '../../support/document-links.ts';
import { pages } from '../../support/documents.ts';

const repository = join(import.meta.dirname, '../../..');

const files: Files = {
  exists: (path) => existsSync(join(repository, path)),
  read: (path) => readFileSync(join(repository, path), 'utf8'),
};
const all = [...pages, 'SECURITY.md', 'CHANGELOG.md', 'test/faults/README.md'];

test('Each link of a page leads to a file that exists, and to a heading of that file', () => {
  expect(all.flatMap((page) => brokenLinks(page, files))).toEqual([]);
});

test('Each page of docs/ can be reached from README.md by links', () => {
  const reached = new Set<string>(['README.md']);
  for (const page of reached) {
    const targets = [...files.read(page).matchAll(/\]\(([^)#\s:]+\.md)/g)].map(([, target = '']) => target);
    for (const target of targets) {
      const path = normalize(join(dirname(page), target));
      if (files.exists(path)) reached.add(path);
    }
  }
  const old = 'docs/reasons.md'; // its only purpose is that old links go on
  expect(pages.filter((page) => page !== old && !reached.has(page))).toEqual([]);
});

test('A link to what is not there is told, whichever part of it is wrong', () => {
  const text = [
    '[there](docs/a.md#one--two)',
    '[no file](docs/b.md)',
    '[no heading](docs/a.md#three)',
    '[no heading here](#four)',
    '![no picture](docs/picture.svg)',
    '<img alt="no picture" src="docs/picture.png">',
    '[elsewhere](https://example.com/#anything)',
  ].join('\n');
  const texts: Record<string, string> = { 'README.md': text, 'docs/a.md': '# One & `two`\n\n```sh\n# three\n```\n' };
  const told = brokenLinks('README.md', { exists: (path) => path in texts, read: (path) => texts[path] ?? '' });
  expect(told).toEqual([
    'README.md: no file docs/b.md',
    'README.md: no heading docs/a.md#three',
    'README.md: no heading README.md#four',
    'README.md: no file docs/picture.svg',
    'README.md: no file docs/picture.png',
  ]);
});
