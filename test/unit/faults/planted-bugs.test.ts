import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plantedBugs } from '../../faults/planted/bugs.ts';
import { applied } from '../../faults/planted/planted-bundle.ts';

const sources = join(import.meta.dirname, '../../../src');

const edits = plantedBugs.flatMap(({ name, edits }) => edits.map((edit) => ({ name, edit })));

test.each(edits)('the sources still have what is replaced to plant "$name"', ({ edit }) => {
  const source = readFileSync(join(sources, edit.file), 'utf8');
  expect(applied(edit, source)).not.toBe(source);
});

test('what is replaced has to be in the source once', () => {
  const edit = { file: 'x.ts', find: 'a', replace: 'b' };
  expect(applied(edit, 'cat')).toBe('cbt');
  for (const source of ['dog', 'banana']) expect(() => applied(edit, source)).toThrow('src/x.ts');
});

test('there are at least 30 planted bugs, each with a name of its own', () => {
  expect(plantedBugs.length).toBeGreaterThanOrEqual(30);
  expect(new Set(plantedBugs.map(({ name }) => name)).size).toBe(plantedBugs.length);
});
