import { ageColumn, countColumn, sizeColumn, textColumn, wide } from '../output/cells.ts';
import { humanDuration } from '../output/human-duration.ts';
import type { Column, Tone } from '../output/table.ts';
import type { VolumeRow } from '../rows/rows.ts';
import { volumeRows } from '../rows/volume-rows.ts';
import type { List } from './list.ts';

const statusTones: Record<string, Tone> = { Bound: 'good', Pending: 'warning', Lost: 'bad' };

/** Percent of the request from which use is worth a look. */
const highUse = 80;

export const volumeList: List<VolumeRow> = {
  wanted: ['claims', 'volumes', 'classes', 'pods', 'daemons', 'statuses'],
  basis: ['claims', 'volumes'],
  namespaceColumn: textColumn('NAMESPACE', ({ namespace }) => namespace),
  rows: volumeRows,
  kind: 'VolumeRowList',
  nameOf: ({ claim }) => `persistentvolumeclaim/${claim}`,
  empty: (place) => `no claims of the provisioner${place}`,
  columns: [
    textColumn('CLAIM', ({ claim }) => claim),
    textColumn(
      'STATUS',
      ({ status }) => status,
      ({ status, remark }) => (remark === 'directory missing' ? 'bad' : statusTones[status]),
    ),
    textColumn('NODE', ({ node, volume }) => node ?? (volume === undefined ? '<none>' : undefined)),
    sizeColumn('REQUESTED', ({ requestedBytes }) => requestedBytes),
    unlessPending(sizeColumn('USED', ({ usedBytes }) => usedBytes)),
    unlessPending({
      heading: 'USE%',
      sortedBy: ({ usedPercent }) => usedPercent,
      text: ({ usedPercent }) => (usedPercent === undefined ? undefined : `${usedPercent}%`),
      tone: ({ usedPercent = 0 }) => (usedPercent > 100 ? 'bad' : usedPercent >= highUse ? 'warning' : undefined),
    }),
    textColumn('POD', ({ pods }) => (pods?.length === 0 ? '<none>' : pods?.join(','))),
    ageColumn('AGE', ({ createdAt }) => createdAt),
    wide(textColumn('VOLUME', ({ volume }) => volume ?? '<none>')),
    wide(textColumn('CLASS', (row) => row.class ?? '<none>')),
    wide(unlessPending(textColumn('RECLAIM', ({ reclaimPolicy }) => reclaimPolicy))),
    wide(unlessPending(countColumn('INODES', ({ inodes }) => inodes))),
    wide(unlessPending(scannedColumn())),
    wide(unlessPending(textColumn('PATH', ({ path }) => path))),
  ],
};

/** A claim without a volume has no such figure, which differs from one that is not known. */
function unlessPending(column: Column<VolumeRow>): Column<VolumeRow> {
  return { ...column, text: (row, atMs) => (row.volume === undefined ? '<none>' : column.text(row, atMs)) };
}

/** How long before the answer the use was read or counted. */
function scannedColumn(): Column<VolumeRow> {
  return {
    heading: 'SCANNED',
    sortedBy: ({ usageAgeSeconds }) => usageAgeSeconds,
    text: ({ usageAgeSeconds }) => (usageAgeSeconds === undefined ? undefined : humanDuration(usageAgeSeconds * 1_000)),
  };
}
