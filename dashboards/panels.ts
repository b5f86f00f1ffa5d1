import type { Panel, Thresholds } from './panel.ts';

const nodes = '{node=~"$node"}';
/** Other programs serve metrics of these names, too. Only the daemon's targets have this one. */
const ofDaemons = 'and on (job, instance) hostpath_claim_queue_depth';
const p95 = (histogram: string): string =>
  `histogram_quantile(0.95, sum by (le) (rate(${histogram}_bucket${nodes}[$__rate_interval]) ${ofDaemons}))`;

/** The claims of volumes where a recording rule names them, and the bare volumes where it does not. */
const top20 = (volumes: string): string => `topk(20,
  (max by (volume) (${volumes}) * on (volume) group_left (namespace, persistentvolumeclaim) hostpath:claim_info)
  or on (volume) max by (volume) (${volumes})
)`;
const volumeLegend = '{{namespace}} {{persistentvolumeclaim}} {{volume}}';
const poolLegend = '{{node}} {{pool}}';

const badFrom = (value: number, color: 'yellow' | 'red'): Thresholds => [
  { value: null, color: 'green' },
  { value, color },
];
const goodFrom = (warning: number, good: number): Thresholds => [
  { value: null, color: 'red' },
  { value: warning, color: 'yellow' },
  { value: good, color: 'green' },
];

const figure = { kind: 'figure', width: 3, height: 4 } as const;
const wideFigure = { ...figure, width: 4 } as const;
const half = { width: 12, height: 9 } as const;
const third = { width: 8, height: 8 } as const;

/** In the order of reading: is it well, what is full, who takes it, what does the daemon do. */
export const panels: readonly Panel[] = [
  {
    ...wideFigure,
    title: 'Usable nodes',
    description: 'Nodes whose every base directory can be used, of the nodes with a daemon.',
    unit: 'short',
    queries: [
      { expr: `count(min by (node) (hostpath_base_directory_usable${nodes}) == 1) or vector(0)`, legend: 'usable' },
      { expr: `count(count by (node) (hostpath_base_directory_usable${nodes})) or vector(0)`, legend: 'all' },
    ],
  },
  {
    ...figure,
    title: 'Volumes',
    description: 'Volumes in use.',
    unit: 'short',
    queries: [{ expr: `count(hostpath_volume_capacity_bytes${nodes}) or vector(0)`, legend: 'volumes' }],
  },
  {
    ...figure,
    title: 'Lost directories',
    description: 'Volumes in use whose directory is missing. Their pods do not start.',
    unit: 'short',
    queries: [{ expr: `sum(hostpath_volumes_without_directory${nodes}) or vector(0)`, legend: 'lost' }],
    thresholds: badFrom(1, 'red'),
  },
  {
    ...figure,
    title: 'Orphan directories',
    description: 'Directories without a record of the daemon. They are left alone.',
    unit: 'short',
    queries: [{ expr: `sum(hostpath_orphan_directories${nodes}) or vector(0)`, legend: 'orphans' }],
    thresholds: badFrom(1, 'yellow'),
  },
  {
    ...figure,
    title: 'Kept directories',
    description: 'Directories that no volume of this cluster stands for, and that nothing allows the daemon to remove.',
    unit: 'short',
    queries: [{ expr: `sum(hostpath_kept_directories${nodes}) or vector(0)`, legend: 'kept' }],
    thresholds: badFrom(1, 'yellow'),
  },
  {
    ...wideFigure,
    title: 'In the trash',
    description: 'What the directories of deleted volumes use until they are erased.',
    unit: 'bytes',
    queries: [{ expr: `sum(hostpath_trash_bytes${nodes}) or vector(0)`, legend: 'trash' }],
  },
  {
    ...wideFigure,
    title: 'Daemons by version',
    description: 'How many daemons run which version.',
    unit: 'short',
    queries: [{ expr: `count by (version) (hostpath_build_info${nodes})`, legend: '{{version}}' }],
  },
  {
    ...third,
    title: 'Free space, the 20 fullest',
    description: 'The part of each disk that is free for users other than root.',
    kind: 'bars',
    unit: 'percentunit',
    max: 1,
    queries: [
      {
        expr: `bottomk(20, min by (node, pool) (hostpath_base_directory_free_bytes${nodes} / hostpath_base_directory_size_bytes${nodes}))`,
        legend: poolLegend,
      },
    ],
    thresholds: goodFrom(0.03, 0.15),
  },
  {
    title: 'Free space, and in four days',
    description: 'The second line of each base directory continues the last six hours for four days.',
    kind: 'lines',
    unit: 'bytes',
    width: 16,
    height: 8,
    queries: [
      { expr: `min by (node, pool) (hostpath_base_directory_free_bytes${nodes})`, legend: poolLegend },
      {
        expr: `clamp_min(min by (node, pool) (predict_linear(hostpath_base_directory_free_bytes${nodes}[6h], 4 * 86400)), 0)`,
        legend: `${poolLegend} in four days`,
      },
    ],
  },
  {
    ...half,
    title: 'Requested of size, the 20 highest',
    description:
      'The sizes of all volumes of a base directory, as a part of the size of its disk. Above 100%, more is promised than is there.',
    kind: 'bars',
    unit: 'percentunit',
    queries: [
      {
        expr: `topk(20, max by (node, pool) (hostpath_base_directory_promised_bytes${nodes} / hostpath_base_directory_size_bytes${nodes}))`,
        legend: poolLegend,
      },
    ],
    thresholds: badFrom(1, 'yellow'),
  },
  {
    ...half,
    title: 'Free inodes, the 20 lowest',
    description:
      'The part of the inodes of each disk that is free. Disks without a fixed number of inodes are not shown.',
    kind: 'bars',
    unit: 'percentunit',
    max: 1,
    queries: [
      {
        expr: `bottomk(20, min by (node, pool) (hostpath_base_directory_free_inodes${nodes} / hostpath_base_directory_inodes${nodes}))`,
        legend: poolLegend,
      },
    ],
    thresholds: goodFrom(0.02, 0.05),
  },
  {
    ...half,
    title: 'Volumes that use the most, 20 of them',
    description: 'What the volume uses on the disk. Where no limit holds, it is counted each minute to each hour.',
    kind: 'bars',
    unit: 'bytes',
    queries: [{ expr: top20(`hostpath_volume_used_bytes${nodes}`), legend: volumeLegend }],
  },
  {
    ...half,
    title: 'Used of requested, the 20 highest',
    description:
      'What a volume uses, as a part of its size. Above 100%, the volume takes space from the others on its disk.',
    kind: 'bars',
    unit: 'percentunit',
    queries: [
      {
        expr: top20(`hostpath_volume_used_bytes${nodes} / hostpath_volume_capacity_bytes${nodes}`),
        legend: volumeLegend,
      },
    ],
    thresholds: [
      { value: null, color: 'green' },
      { value: 0.8, color: 'yellow' },
      { value: 1, color: 'red' },
    ],
  },
  {
    ...third,
    title: 'Time to provision and to delete, p95',
    description:
      'From the start of work on a claim to its volume, and from the start of work on a released volume to its end.',
    kind: 'lines',
    unit: 's',
    queries: [
      { expr: p95('controller_persistentvolumeclaim_provision_duration_seconds'), legend: 'provision' },
      { expr: p95('controller_persistentvolume_delete_duration_seconds'), legend: 'delete' },
    ],
  },
  {
    ...third,
    title: 'Failures by reason',
    description:
      'Failures and refusals a minute. docs/troubleshooting.md says of each reason what happened and what to do.',
    kind: 'lines',
    unit: 'cpm',
    queries: [
      {
        expr: `60 * sum by (flow, reason) (rate(hostpath_failures_total${nodes}[$__rate_interval]))`,
        legend: '{{flow}} {{reason}}',
      },
    ],
  },
  {
    ...third,
    title: 'Queues and concurrency limit',
    description:
      'What waits for a worker, on all nodes, and the lowest limit of a node. The limit falls while the API server is slow.',
    kind: 'lines',
    unit: 'short',
    queries: [
      { expr: `sum(hostpath_claim_queue_depth${nodes})`, legend: 'claims that wait' },
      { expr: `sum(hostpath_volume_queue_depth${nodes})`, legend: 'volumes that wait' },
      { expr: `min(hostpath_concurrency_limit${nodes})`, legend: 'lowest limit' },
    ],
  },
  {
    ...third,
    title: 'Trash',
    description: 'What the trash of each base directory uses.',
    kind: 'lines',
    unit: 'bytes',
    queries: [{ expr: `max by (node, pool) (hostpath_trash_bytes${nodes})`, legend: poolLegend }],
  },
  {
    ...third,
    title: 'Orphan and kept directories',
    description:
      'Directories that the daemon leaves alone: those without a record, and those that it may not remove, by reason.',
    kind: 'lines',
    unit: 'short',
    queries: [
      { expr: `sum by (node, pool) (hostpath_orphan_directories${nodes})`, legend: `${poolLegend} orphans` },
      { expr: `sum by (node, reason) (hostpath_kept_directories${nodes})`, legend: '{{node}} kept {{reason}}' },
    ],
  },
  {
    ...third,
    title: 'Memory of the daemons',
    description: 'Resident memory of each daemon.',
    kind: 'lines',
    unit: 'bytes',
    queries: [{ expr: `max by (node) (process_resident_memory_bytes${nodes} ${ofDaemons})`, legend: '{{node}}' }],
  },
];
