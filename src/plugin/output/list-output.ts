import { nearestWord } from '../../model/nearest-word.ts';
import { documentVersion } from '../../model/node-status.ts';
import type { Given } from '../command-line/read-arguments.ts';
import type { Output } from './output.ts';
import { printable, printableJson } from './printable.ts';
import { type Column, sorted, table } from './table.ts';

/** How the rows of a command are shown. */
export interface ListForm<Row> {
  /** `kind` of the JSON document. */
  kind: string;
  columns: readonly Column<Row>[];
  /** The row for `--output name`. */
  nameOf: (row: Row) => string;
}

/** The column that `--sort-by` names, or why there is none; undefined without the flag. */
export function sortColumn<Row>(
  { columns }: ListForm<Row>,
  given: Given,
): Column<Row> | { problem: string } | undefined {
  const name = given['sort-by'];
  if (name === undefined) return undefined;
  const written = name.toUpperCase();
  const column = columns.find(({ heading }) => heading === written);
  if (column !== undefined) return column;
  const headings = columns.map(({ heading }) => heading);
  const nearest = nearestWord(written, headings);
  const advice = nearest === undefined ? `use one of ${headings.join(', ')}` : `did you mean ${nearest}?`;
  return { problem: `--sort-by is ${JSON.stringify(name)}: ${advice}` };
}

/** Writes the rows in the wanted format. */
export async function showList<Row extends object>(
  form: ListForm<Row>,
  unsorted: readonly Row[],
  { given, order, atMs }: { given: Given; order: Column<Row> | undefined; atMs: number },
  { say, colour }: Output,
): Promise<void> {
  const rows = order === undefined ? unsorted : sorted(unsorted, order);
  const document = { apiVersion: documentVersion, kind: form.kind, items: rows };
  switch (given.output) {
    case 'json':
      return say(printableJson(document));
    case 'yaml': {
      const { yamlText } = await import('./yaml.ts');
      return say(yamlText(document));
    }
    case 'name':
      for (const row of rows) say(printable(form.nameOf(row)));
      return;
  }
  if (rows.length === 0) return;
  const columns = form.columns.filter(({ wide }) => given.output === 'wide' || wide === undefined);
  const headings = given['no-headers'] === undefined;
  say(table(columns, rows, { atMs, colour, headings }).join('\n'));
}
