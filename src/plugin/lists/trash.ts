import { ageColumn, sizeColumn, textColumn, wide } from '../output/cells.ts';
import { humanDuration } from '../output/human-duration.ts';
import type { Column } from '../output/table.ts';
import type { TrashRow } from '../rows/rows.ts';
import { trashRows } from '../rows/trash-rows.ts';
import type { List } from './list.ts';

export const trashList: List<TrashRow> = {
  wanted: ['daemons', 'statuses', 'directories'],
  basis: ['daemons'],
  namespaceOf: ({ namespace }) => namespace,
  rows: trashRows,
  kind: 'TrashRowList',
  nameOf: ({ volume }) => volume,
  empty: (place) => `no deleted volumes${place}`,
  columns: [
    textColumn('NODE', ({ node }) => node),
    textColumn('VOLUME', ({ volume }) => volume),
    textColumn('CLAIM', ({ namespace, claim }) => (claim === undefined ? undefined : `${namespace}/${claim}`)),
    textColumn('CLASS', (row) => row.class),
    sizeColumn('SIZE', ({ usedBytes }) => usedBytes),
    ageColumn('REMOVED', ({ removedAt }) => removedAt),
    keptForColumn(),
    wide(textColumn('POOL', ({ pool }) => pool)),
    wide(textColumn('PROBLEM', ({ problem }) => problem ?? '<none>')),
  ],
};

/** The time that is left to restore it. */
function keptForColumn(): Column<TrashRow> {
  return {
    heading: 'KEPT FOR',
    sortedBy: ({ keptUntil }) => (keptUntil === undefined ? undefined : Date.parse(keptUntil)),
    text: ({ keptUntil, removedAt }, atMs) => {
      if (keptUntil === undefined) return removedAt === undefined ? undefined : 'being erased';
      const leftMs = Date.parse(keptUntil) - atMs;
      return leftMs <= 0 ? 'being erased' : humanDuration(leftMs);
    },
  };
}
