import { countColumn, sizeColumn, textColumn, wide } from '../output/cells.ts';
import { nodeRows } from '../rows/node-rows.ts';
import type { NodeRow } from '../rows/rows.ts';
import type { List } from './list.ts';

export const nodeList: List<NodeRow> = {
  wanted: ['nodes', 'daemons', 'daemonSets', 'volumes', 'statuses'],
  basis: ['nodes', 'daemons', 'volumes'],
  rows: nodeRows,
  kind: 'NodeRowList',
  nameOf: ({ node }) => `node/${node}`,
  empty: () => 'no nodes on which the provisioner runs',
  columns: [
    textColumn('NODE', ({ node }) => node),
    textColumn(
      'STATUS',
      ({ status }) => status,
      ({ status }) => (status === 'Ready' ? 'good' : status === 'Unknown' ? 'warning' : 'bad'),
    ),
    textColumn('BASE DIRECTORY', ({ baseDirectory }) => baseDirectory),
    textColumn('FS', ({ fileSystem }) => fileSystem),
    sizeColumn('SIZE', ({ sizeBytes }) => sizeBytes),
    sizeColumn('FREE', ({ freeBytes }) => freeBytes),
    countColumn('VOLUMES', ({ volumes }) => volumes),
    sizeColumn('REQUESTED', ({ requestedBytes }) => requestedBytes),
    sizeColumn('TRASH', ({ trashBytes }) => trashBytes),
    countColumn('ORPHANS', ({ orphans }) => orphans),
    wide(textColumn('POOL', ({ pool }) => pool)),
    wide(countColumn('KEPT', ({ kept }) => kept)),
    wide(textColumn('VERSION', ({ version }) => version)),
  ],
};
