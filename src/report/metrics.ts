import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Space } from '../disk/port.ts';

/** The buckets of the Go client's default histogram, in seconds, so that dashboards for other provisioners fit. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface MetricSources {
  concurrencyLimit: () => number;
  claimQueueDepth: () => number;
  volumeQueueDepth: () => number;
  eventsDropped: () => number;
  silentWatches: () => number;
  /** Undefined while the base directory is unusable. */
  baseDirectorySpace: () => Space | undefined;
  volumesWithoutDirectory: () => ReadonlyMap<string, number>;
  keptDirectories: () => ReadonlyMap<string, number>;
}

/** Names and labels are those of the Go library (controller/metrics/metrics.go); those with `hostpath_` are ours. */
export class Metrics {
  readonly #registry = new Registry();

  readonly provisioned = this.#counter(
    'controller_persistentvolumeclaim_provision_total',
    'Volumes provisioned.',
    'class',
    'source',
  );
  readonly provisionFailed = this.#counter(
    'controller_persistentvolumeclaim_provision_failed_total',
    'Failed attempts to provision a volume, and refused claims.',
    'class',
    'source',
  );
  readonly provisionDuration = this.#histogram(
    'controller_persistentvolumeclaim_provision_duration_seconds',
    'Time from starting work on a claim to its volume.',
    'class',
    'source',
  );
  readonly deleted = this.#counter('controller_persistentvolume_delete_total', 'Volumes deleted.', 'class');
  readonly deleteFailed = this.#counter(
    'controller_persistentvolume_delete_failed_total',
    'Failed attempts to delete a volume, and refused deletions.',
    'class',
  );
  readonly deleteDuration = this.#histogram(
    'controller_persistentvolume_delete_duration_seconds',
    'Time from starting work on a released volume until it is deleted. Its files are erased later.',
    'class',
  );
  readonly failures = this.#counter('hostpath_failures_total', 'Failures and refusals by reason.', 'flow', 'reason');
  readonly baseDirectoryUsable = this.#gauge(
    'hostpath_base_directory_usable',
    '1 while the base directory is usable. Otherwise 0, with the reason.',
    'reason',
  );
  readonly clusterKnown = this.#gauge(
    'hostpath_cluster_known',
    '1 after the UID of namespace kube-system was read, 0 while the API server refuses to return it.',
  );
  readonly orphanDirectories = this.#gauge(
    'hostpath_orphan_directories',
    'Directories in the base directory without a record. The daemon leaves them alone.',
  );
  readonly erasedEntries = this.#counter(
    'hostpath_trash_entries_erased_total',
    'Files and directories erased from the trash.',
  );

  constructor(sources: MetricSources) {
    /** Exposed while `read` returns a value. */
    const gauge = (name: string, help: string, read: () => number | undefined) =>
      new Gauge({
        ...this.#metric(name, help, []),
        collect() {
          const value = read();
          if (value === undefined) this.remove();
          else this.set(value);
        },
      });
    gauge('hostpath_claim_queue_depth', 'Claims waiting for a worker.', sources.claimQueueDepth);
    gauge('hostpath_volume_queue_depth', 'Volumes waiting for a worker.', sources.volumeQueueDepth);
    gauge(
      'hostpath_concurrency_limit',
      'Volumes that are processed concurrently at most. It falls while the API server is slow or rejects calls.',
      sources.concurrencyLimit,
    );
    gauge(
      'hostpath_silent_watches',
      'Watches, of four, that deliver no events. The daemon lists instead.',
      sources.silentWatches,
    );
    gauge(
      'hostpath_events_dropped',
      'Events that were not sent since the start: rate limit exceeded or permission missing.',
      sources.eventsDropped,
    );
    gauge(
      'hostpath_base_directory_size_bytes',
      'Size of the file system of the base directory.',
      () => sources.baseDirectorySpace()?.sizeBytes,
    );
    gauge(
      'hostpath_base_directory_free_bytes',
      'Free space on the file system of the base directory for users other than root.',
      () => sources.baseDirectorySpace()?.freeBytes,
    );
    gauge(
      'hostpath_base_directory_free_inodes',
      'Free inodes on the file system of the base directory.',
      () => sources.baseDirectorySpace()?.freeInodes,
    );
    const gaugeByReason = (name: string, help: string, read: () => ReadonlyMap<string, number>) =>
      new Gauge({
        ...this.#metric(name, help, ['reason']),
        collect() {
          this.reset();
          for (const [reason, count] of read()) this.set({ reason }, count);
        },
      });
    gaugeByReason(
      'hostpath_volumes_without_directory',
      'Volumes in use whose directory is missing.',
      sources.volumesWithoutDirectory,
    );
    gaugeByReason(
      'hostpath_kept_directories',
      'Directories that are kept although no volume of this cluster uses them.',
      sources.keptDirectories,
    );
    gauge('process_resident_memory_bytes', 'Resident memory, in bytes.', () => process.memoryUsage.rss());
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #counter<Label extends string>(name: string, help: string, ...labels: Label[]): Counter<Label> {
    return new Counter(this.#metric(name, help, labels));
  }

  #gauge<Label extends string>(name: string, help: string, ...labels: Label[]): Gauge<Label> {
    return new Gauge(this.#metric(name, help, labels));
  }

  #histogram<Label extends string>(name: string, help: string, ...labels: Label[]): Histogram<Label> {
    return new Histogram({ ...this.#metric(name, help, labels), buckets: durationBuckets });
  }

  #metric<Label extends string>(name: string, help: string, labelNames: Label[]) {
    return { name, help, labelNames, registers: [this.#registry] };
  }
}
