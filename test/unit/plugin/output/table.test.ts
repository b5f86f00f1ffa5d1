import { expect, test } from 'vitest';
import { sizeColumn, textColumn } from '../../../../src/plugin/output/cells.ts';
import { type Column, sorted, table } from '../../../../src/plugin/output/table.ts';

interface Row {
  name?: string;
  bytes?: number;
}

const columns: Column<Row>[] = [
  textColumn(
    'NAME',
    ({ name }) => name,
    () => 'bad',
  ),
  sizeColumn('SIZE', ({ bytes }) => bytes),
];
const [byName, bySize] = columns as [Column<Row>, Column<Row>];
const rows: Row[] = [{ name: 'long-name', bytes: 1_024 }, { bytes: 2_048 }, { name: 'b' }];
const plain = { atMs: 0, colour: false, headings: true };

test('Cells are aligned, and what is not known says so; no line ends with blanks', () => {
  expect(table(columns, rows, plain)).toEqual([
    'NAME        SIZE',
    'long-name   1Ki',
    '<unknown>   2Ki',
    'b           <unknown>',
  ]);
});

test('Headings can be left out, and then take no room', () => {
  expect(table(columns, [{ name: 'b', bytes: 1 }], { ...plain, headings: false })).toEqual(['b   1']);
});

test('Colours take no room', () => {
  const [, first, , last] = table(columns, rows, { ...plain, colour: true });
  expect(first).toBe('\u001b[31mlong-name\u001b[0m   1Ki');
  expect(last).toBe('\u001b[31mb\u001b[0m           <unknown>');
});

test('A name cannot command the terminal', () => {
  expect(table(columns, [{ name: '\u001b[2J', bytes: 1 }], plain)[1]).toBe('\\u001b[2J   1');
});

test('Names are sorted from A to Z, sizes with the largest first, and what is not known comes last', () => {
  expect(sorted(rows, byName).map(({ name }) => name)).toEqual(['b', 'long-name', undefined]);
  expect(sorted(rows, bySize).map(({ bytes }) => bytes)).toEqual([2_048, 1_024, undefined]);
});
