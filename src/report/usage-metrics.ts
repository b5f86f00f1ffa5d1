/** The last figures of one volume in use. Those that are not known are undefined. */
export interface VolumeUsage {
  volume: string;
  /** The size that its object has. */
  capacityBytes: number;
  usedBytes: number | undefined;
  /** What its limit leaves; undefined if it has none. */
  availableBytes: number | undefined;
  inodes: number | undefined;
  /** Seconds since they were read or counted. */
  ageSeconds: number | undefined;
}

export interface PoolUsage {
  pool: string;
  volumes: Iterable<VolumeUsage>;
  trashBytes: number | undefined;
  /** Free bytes on its disk; undefined while the base directory cannot be used. */
  freeBytes: number | undefined;
}

interface VolumeMetric {
  name: string;
  help: string;
  read: (usage: VolumeUsage, pool: PoolUsage) => number | undefined;
}

const volumeMetrics: VolumeMetric[] = [
  {
    name: 'hostpath_volume_capacity_bytes',
    help: 'Size of a volume in use.',
    read: ({ capacityBytes }) => capacityBytes,
  },
  {
    name: 'hostpath_volume_used_bytes',
    help: 'Bytes that a volume uses: read where a quota counts them, otherwise counted each minute to each hour.',
    read: ({ usedBytes }) => usedBytes,
  },
  {
    name: 'hostpath_volume_available_bytes',
    help: 'Bytes that can be written to a volume: what its limit leaves, or what is free on the disk.',
    read: ({ availableBytes }, { freeBytes }) => availableBytes ?? freeBytes,
  },
  {
    name: 'hostpath_volume_inodes',
    help: 'Files, directories and links in a volume. Missing where the quota does not count them.',
    read: ({ inodes }) => inodes,
  },
  {
    name: 'hostpath_volume_usage_age_seconds',
    help: 'Time since used bytes and inodes of a volume were read or counted.',
    read: ({ ageSeconds }) => ageSeconds,
  },
];

const trashMetric = { name: 'hostpath_trash_bytes', help: 'Bytes that the trash uses, counted at most hourly.' };

/**
 * The usage of volumes and trash in Prometheus' text format. It is written at each scrape: gauges of the registry would keep an
 * object for each of these values, of which there may be 100,000. Names of pools and volumes need no escapes.
 */
export function usageMetrics(pools: readonly PoolUsage[]): string {
  const rows = pools.flatMap((pool) =>
    Array.from(pool.volumes, (usage) => ({ usage, pool, labels: `{pool="${pool.pool}",volume="${usage.volume}"}` })),
  );
  const lines: string[] = [];
  for (const { name, help, read } of volumeMetrics) {
    lines.push(headOf(name, help));
    for (const { usage, pool, labels } of rows) {
      const value = read(usage, pool);
      if (value !== undefined) lines.push(`${name}${labels} ${value}`);
    }
  }
  lines.push(headOf(trashMetric.name, trashMetric.help));
  for (const { pool, trashBytes } of pools) {
    if (trashBytes !== undefined) lines.push(`${trashMetric.name}{pool="${pool}"} ${trashBytes}`);
  }
  return `${lines.join('\n')}\n`;
}

const headOf = (name: string, help: string): string => `# HELP ${name} ${help}\n# TYPE ${name} gauge`;
