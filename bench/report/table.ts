import { figures } from '../scenarios/scenarios.ts';
import type { Findings } from './figures.ts';
import type { MachineFacts } from './machine.ts';
import { median, range } from './statistics.ts';
import { isMet, targetText } from './targets.ts';

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
 * @param repetitions what each repetition of each scenario found
 * @param isWanted of the figures by their keys; all unless told otherwise
 */
export function rowsOf(repetitions: readonly Findings[], isWanted = (_key: string) => true): Row[] {
  const rows: Row[] = [];
  for (const [name, { text, unit, target }] of Object.entries(figures)) {
    const values = repetitions.flatMap((findings) => findings.figures[name] ?? []);
    if (values.length === 0 || !isWanted(name)) continue;
    const judged = target && { target: { text: targetText(target), met: isMet(target, values) } };
    rows.push({ text, unit, median: median(values), ...range(values), ...judged });
  }
  return rows;
}

const headings = ['', 'unit', 'median', 'least', 'most', 'target', ''];
const isNumber = (column: number): boolean => column >= 2 && column <= 4;

const cellsOf = ({ text, unit, median, least, most, target }: Row): string[] => [
  text,
  unit,
  ...[median, least, most].map(shortNumber),
  target?.text ?? '',
  target === undefined ? '' : target.met ? 'met' : 'NOT MET',
];

export function plainTable(rows: readonly Row[]): string {
  const table = [headings, ...rows.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  return table
    .map((cells) =>
      cells
        .map((cell, column) => cell[isNumber(column) ? 'padStart' : 'padEnd'](widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function markdown(title: string, facts: MachineFacts, rows: readonly Row[]): string {
  return [
    `# ${title}`,
    '',
    'Figures of one run on one machine, which it had for itself if the load below is low. Compare within the run only.',
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
    markdownTable(rows),
  ].join('\n');
}

export function markdownTable(rows: readonly Row[]): string {
  return tableOf(headings, rows.map(cellsOf), isNumber);
}

/** @param isNumber which columns are set to the right */
export function tableOf(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  isNumber: (column: number) => boolean,
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const rule = headings.map((_, column) => (isNumber(column) ? '---:' : '---'));
  return [headings, rule, ...rows].map(line).join('');
}

/** Three digits that say something, and no more than two after the point. */
export function shortNumber(value: number): string {
  if (Number.isInteger(value)) return value.toString();
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
