import { humanDuration } from './human-duration.ts';
import { shownSize } from './sizes.ts';
import type { Column, Tone } from './table.ts';

/** Columns of a few kinds, by what they read from a row. */

export function sizeColumn<Row>(heading: string, of: (row: Row) => number | undefined): Column<Row> {
  return { heading, sortedBy: of, text: (row) => shownNumber(of(row), shownSize) };
}

export function countColumn<Row>(heading: string, of: (row: Row) => number | undefined): Column<Row> {
  return { heading, sortedBy: of, text: (row) => shownNumber(of(row), String) };
}

/** How long ago a time was, the latest first. */
export function ageColumn<Row>(heading: string, of: (row: Row) => string | undefined): Column<Row> {
  const timeOf = (row: Row) => {
    const time = of(row);
    return time === undefined ? undefined : Date.parse(time);
  };
  return {
    heading,
    sortedBy: timeOf,
    text: (row, atMs) => shownNumber(timeOf(row), (ms) => humanDuration(atMs - ms)),
  };
}

export function textColumn<Row>(
  heading: string,
  text: (row: Row) => string | undefined,
  tone?: (row: Row) => Tone | undefined,
): Column<Row> {
  return { heading, text, ...(tone && { tone }) };
}

export const wide = <Row>(column: Column<Row>): Column<Row> => ({ ...column, wide: true });

function shownNumber(number: number | undefined, show: (number: number) => string): string | undefined {
  return number === undefined || Number.isNaN(number) ? undefined : show(number);
}
