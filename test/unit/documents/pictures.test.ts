import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pictures } from '../../../scripts/pictures/pictures.ts';
import { terminalPicture } from '../../../scripts/pictures/terminal.ts';

const folder = join(import.meta.dirname, '../../../docs/pictures');

test.each(Object.entries(pictures()))('%s is what "npm run pictures" writes', (name, text) => {
  expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
});

test.each(Object.entries(pictures()))('%s has a title and a description, and is light or dark', (_, text) => {
  expect(text).toMatch(/role="img" aria-labelledby="title description"/);
  expect(text).toMatch(/<title id="title">[^<]+<\/title>\n<desc id="description">[^<]+<\/desc>/);
  expect(text).toContain('@media (prefers-color-scheme: dark)');
});

test('The picture of a terminal has all that was typed and printed, as text that no mark-up breaks', () => {
  const picture = terminalPicture('Both', [
    { command: 'one <first>', output: 'A  &  B\n' },
    { command: 'two', output: '' },
  ]);
  expect(picture).toContain('<tspan class="command">one &lt;first&gt;</tspan>');
  expect(picture).toContain('>A  &amp;  B</text>');
  expect(picture.match(/class="prompt"/g)).toHaveLength(2);
});
