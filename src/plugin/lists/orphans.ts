import { textColumn, wide } from '../output/cells.ts';
import { orphanRows } from '../rows/orphan-rows.ts';
import type { OrphanRow } from '../rows/rows.ts';
import type { List } from './list.ts';

export const orphanList: List<OrphanRow> = {
  wanted: ['daemons', 'statuses', 'directories'],
  basis: ['daemons'],
  rows: orphanRows,
  kind: 'OrphanRowList',
  nameOf: ({ directory }) => directory,
  empty: () => 'no orphans, and no directories of other clusters',
  columns: [
    textColumn('NODE', ({ node }) => node),
    textColumn('DIRECTORY', ({ directory }) => directory),
    textColumn('REASON', ({ reason }) => reason),
    // An orphan has no record that could name a claim.
    textColumn('CLAIM', ({ namespace, claim }) => (claim === undefined ? '<none>' : `${namespace}/${claim}`)),
    wide(textColumn('CLUSTER', ({ cluster }) => cluster ?? '<none>')),
    wide(textColumn('PATH', ({ path }) => path)),
  ],
};
