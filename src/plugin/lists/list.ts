import type { ListForm } from '../output/list-output.ts';
import type { Column } from '../output/table.ts';
import type { Overview, Wanted } from '../overview.ts';

/** A command that lists rows. */
export interface List<Row extends object> extends ListForm<Row> {
  wanted: readonly Wanted[];
  rows: (overview: Overview) => Row[];
  /** Parts of which one must be readable: without any of them, there is no answer. */
  basis: readonly Exclude<Wanted, 'statuses' | 'directories' | 'others'>[];
  /** What is said if there is no row. @param place `in namespace dev` or nothing */
  empty: (place: string) => string;
  /** For rows that are claims: the column that is shown first if they are of all namespaces. Without a flag, they are of one. */
  namespaceColumn?: Column<Row>;
  /** For rows that may belong to a claim: its namespace. */
  namespaceOf?: (row: Row) => string | undefined;
}
