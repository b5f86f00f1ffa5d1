import type { MetricSources } from '../../src/report/metrics.ts';

/** Figures of a daemon at rest. */
export const atRest: MetricSources = {
  concurrencyLimit: () => 64,
  claimQueueDepth: () => 0,
  volumeQueueDepth: () => 0,
  eventsDropped: () => 0,
  silentWatches: () => 0,
  baseDirectorySpace: () => ({ sizeBytes: 1_000, freeBytes: 500, inodes: 100, freeInodes: 50 }),
  volumesWithoutDirectory: () => new Map(),
  keptDirectories: () => new Map(),
};
