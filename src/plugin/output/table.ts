import { printable } from './printable.ts';

export type Tone = 'good' | 'warning' | 'bad';

/** A column of a table. */
export interface Column<Row> {
  heading: string;
  /** Only in the wide form. */
  wide?: true;
  /** What is shown; undefined for what is not known. */
  text: (row: Row, atMs: number) => string | undefined;
  /** What the rows are sorted by, where that is not the text. Numbers: the largest first. */
  sortedBy?: (row: Row) => number | undefined;
  tone?: (row: Row) => Tone | undefined;
}

const codes: Record<Tone, number> = { good: 32, warning: 33, bad: 31 };

export interface TableOptions {
  atMs: number;
  colour: boolean;
  headings: boolean;
}

/** The lines of an aligned table. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], options: TableOptions): string[] {
  const { atMs, colour, headings } = options;
  const cells = rows.map((row) => columns.map(({ text }) => printable(text(row, atMs) ?? '<unknown>')));
  const heads = headings ? [columns.map(({ heading }) => heading)] : [];
  const widths = columns.map((_, index) => Math.max(...[...heads, ...cells].map((line) => line[index]?.length ?? 0)));
  const aligned = (line: readonly string[], shown: readonly string[]): string =>
    shown
      .map((cell, index) =>
        index === shown.length - 1 ? cell : cell + ' '.repeat((widths[index] ?? 0) - (line[index]?.length ?? 0)),
      )
      .join('   ');
  return [
    ...heads.map((line) => aligned(line, line)),
    ...cells.map((line, at) => {
      const row = rows[at] as Row;
      return aligned(line, colour ? line.map((cell, index) => painted(cell, columns[index]?.tone?.(row))) : line);
    }),
  ];
}

export const painted = (cell: string, tone: Tone | undefined): string =>
  tone === undefined ? cell : `\u001b[${codes[tone]}m${cell}\u001b[0m`;

/** The rows in the order of a column; those without a value come last. */
export function sorted<Row>(rows: readonly Row[], { text, sortedBy }: Column<Row>): Row[] {
  if (sortedBy !== undefined) return rows.toSorted((one, other) => (sortedBy(other) ?? -1) - (sortedBy(one) ?? -1));
  const nameOf = (row: Row): string => text(row, 0) ?? '\uffff';
  return rows.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : nameOf(one) > nameOf(other) ? 1 : 0));
}
