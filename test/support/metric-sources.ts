import type { MetricSources } from '../../src/report/metrics.ts';

/** Figures of a daemon at rest. */
export const atRest: MetricSources = {
  concurrencyLimit: () => 64,
  claimQueueDepth: () => 0,
  volumeQueueDepth: () => 0,
  eventsDropped: () => 0,
  silentWatches: () => 0,
  pools: () => [
    {
      name: 'default',
      space: { sizeBytes: 1_000, usableBytes: 900, freeBytes: 500, inodes: 100, freeInodes: 50 },
      room: { room: { sizeBytes: 900, reservedBytes: 100, promisedBytes: 300, keptBytes: 0, inodes: 100 } },
    },
  ],
  usage: async () => [],
  volumesWithoutDirectory: () => new Map(),
  keptDirectories: () => new Map(),
  orphanDirectories: () => new Map(),
  runningClones: () => 0,
};
