import { type Figures, type Findings, isMet, targetText } from './figures.ts';
import { median, range } from './statistics.ts';

/** One line of the report: a figure over all repetitions. */
export interface Row {
  text: string;
  unit: string;
  median: number;
  least: number;
  most: number;
  target?: { text: string; met: boolean };
}

/**
 * @param figures in the order of the rows; those that were not measured have none
 * @param repetitions what each repetition of each scenario found
 */
export function rowsOf(figures: Figures, repetitions: readonly Findings[]): Row[] {
  return Object.entries(figures).flatMap(([key, { text, unit, target }]) => {
    const values = repetitions.flatMap((findings) => findings.figures[key] ?? []);
    if (values.length === 0) return [];
    const judged = target && { target: { text: targetText(target), met: isMet(target, values) } };
    return [{ text, unit, median: median(values), ...range(values), ...judged }];
  });
}

const headings = ['', 'unit', 'median', 'least', 'most', 'target', ''];
const isNumber = (column: number): boolean => column >= 2 && column <= 4;

/** The rows as a Markdown table, aligned so that it can be read on a terminal, too. */
export function figuresTable(rows: readonly Row[]): string {
  const cells = rows.map(({ text, unit, median, least, most, target }) => [
    text,
    unit,
    ...[median, least, most].map(shortNumber),
    target?.text ?? '',
    target === undefined ? '' : target.met ? 'met' : 'NOT MET',
  ]);
  const widths = headings.map((heading, column) =>
    Math.max(3, heading.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const padded = (row: string[]) =>
    row.map((cell, column) => cell[isNumber(column) ? 'padStart' : 'padEnd'](widths[column] ?? 0));
  const rule = widths.map((width, column) => (isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [padded(headings), rule, ...cells.map(padded)].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

/** Three digits that say something, and no more than two after the point. */
function shortNumber(value: number): string {
  if (Number.isInteger(value)) return value.toString();
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
