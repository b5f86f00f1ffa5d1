import { describe, expect, test } from 'vitest';
import { replaceSection } from '../../../bench/report/marked-section.ts';
import { fleetFigures, fleetSizes } from '../../../bench/scenarios/thrift.ts';
import { extrapolated, fleetTable } from '../../../bench/thrift/fleet-table.ts';

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

describe('the table of fleets', () => {
  test('computes larger fleets on the line through the smallest and the largest', () => {
    expect(extrapolated([1, 10, 100], [5, 99, 203], 1_000)).toBe(5 + 999 * 2);
  });

  test('takes a cost that is less for more daemons for one that does not depend on them', () => {
    expect(extrapolated([1, 10, 100], [52, 47, 46], 5_000)).toBe(46);
  });

  test('has a column for each size and a row for each figure that was measured at all of them', () => {
    const [key = ''] = Object.keys(fleetFigures);
    const figures = Object.fromEntries(fleetSizes.map((size) => [`${key}${size}`, size * 5]));
    const [headings, , row, ...others] = (fleetTable([{ figures, samples: {} }]) ?? '').trimEnd().split('\n');
    expect(headings).toContain('| 1 | 10 | 100 | 1,000 (computed) | 5,000 (computed) |');
    expect(row).toContain('| 5 | 50 | 500 | 5000 | 25000 |');
    expect(others).toEqual([]);
  });

  test('is not there when no fleet was measured', () => {
    expect(fleetTable([{ figures: { floor1: 1 }, samples: {} }])).toBeUndefined();
  });
});
