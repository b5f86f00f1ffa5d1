import { describe, expect, test } from 'vitest';
import { figuresTable, rowsOf } from '../../../bench/report/table.ts';
import { keyFigures } from '../../../bench/scenarios/scenarios.ts';
import { replaceSection } from '../../../scripts/marked-section.ts';

describe('a marked section', () => {
  const document = 'a\n<!-- x -->\nold\n<!-- /x -->\nb\n';

  test('is replaced, and nothing else', () => {
    expect(replaceSection(document, 'x', 'new\n')).toBe('a\n<!-- x -->\nnew\n<!-- /x -->\nb\n');
  });

  test('may be empty before', () => {
    expect(replaceSection('<!-- x -->\n<!-- /x -->', 'x', 'new')).toBe('<!-- x -->\nnew\n<!-- /x -->');
  });

  test.each([
    ['is not there', 'a'],
    ['has no end', '<!-- x -->\na'],
    ['is there twice', `${document}${document}`],
  ])('that %s is an error', (_, text) => {
    expect(() => replaceSection(text, 'x', 'new')).toThrow('the document needs the markers <!-- x -->');
  });
});

test('there are ten key figures, and each has a target', () => {
  const targets = Object.values(keyFigures).map(({ target }) => target);
  expect(targets).toHaveLength(10);
  expect(targets).not.toContain(undefined);
});

test('the table has a row for each figure that was measured, with its target judged', () => {
  const figures = {
    time: { text: 'a claim', unit: 'ms', target: { atMost: 9, judged: 'median' } },
    other: { text: 'not measured', unit: 'ms' },
  } as const;
  const repetitions = [10, 8, 30].map((time) => ({ figures: { time }, samples: {} }));
  expect(figuresTable(rowsOf(figures, repetitions))).toBe(
    [
      '|         | unit | median | least | most | target    |         |\n',
      '| ------- | ---- | -----: | ----: | ---: | --------- | ------- |\n',
      '| a claim | ms   |     10 |     8 |   30 | at most 9 | NOT MET |\n',
    ].join(''),
  );
});
