import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Space } from '../disk/port.ts';
import type { Room } from '../model/room.ts';
import { version } from '../model/version.ts';
import { type PoolUsage, usageMetrics } from './usage-metrics.ts';

/** The buckets of the Go client's default histogram, in seconds, so that dashboards for other provisioners fit. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface MetricSources {
  concurrencyLimit: () => number;
  claimQueueDepth: () => number;
  volumeQueueDepth: () => number;
  eventsDropped: () => number;
  silentWatches: () => number;
  /** Space and room of each pool; undefined while its base directory is unusable. */
  pools: () => readonly { name: string; space: Space | undefined; room: { room: Room | undefined } }[];
  /** Of each pool, as fresh as its disk allows without making the caller wait. */
  usage: () => Promise<readonly PoolUsage[]>;
  volumesWithoutDirectory: () => ReadonlyMap<string, number>;
  keptDirectories: () => ReadonlyMap<string, number>;
  /** By pool. */
  orphanDirectories: () => ReadonlyMap<string, number>;
  runningClones: () => number;
}

/** Names and labels are those of the Go library (controller/metrics/metrics.go); those with `hostpath_` are ours. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #sources: MetricSources;

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
    'pool',
    'reason',
  );
  readonly limitsHeld = this.#gauge(
    'hostpath_base_directory_limits_held',
    '1 while the kernel holds volumes with a limit to it, otherwise 0. Missing without such volumes.',
    'pool',
  );
  readonly clusterKnown = this.#gauge(
    'hostpath_cluster_known',
    '1 after the UID of namespace kube-system was read, 0 while the API server refuses to return it.',
  );
  readonly erasedEntries = this.#counter(
    'hostpath_trash_entries_erased_total',
    'Files and directories erased from the trash.',
  );

  readonly clonedBytes = this.#counter(
    'hostpath_clone_copied_bytes_total',
    'Content of volumes that was copied for claims, shared blocks among it.',
  );

  constructor(sources: MetricSources) {
    this.#sources = sources;
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
      'hostpath_clones_running',
      'Copies of volumes that are under way, or wait for others.',
      sources.runningClones,
    );
    type Pool = ReturnType<MetricSources['pools']>[number];
    const gaugeByPool = (name: string, help: string, read: (pool: Pool) => number | undefined) =>
      new Gauge({
        ...this.#metric(name, help, ['pool']),
        collect() {
          this.reset();
          for (const pool of sources.pools()) {
            const value = read(pool);
            if (value !== undefined) this.set({ pool: pool.name }, value);
          }
        },
      });
    gaugeByPool(
      'hostpath_base_directory_size_bytes',
      'Size of the file system of the base directory.',
      ({ space }) => space?.sizeBytes,
    );
    gaugeByPool(
      'hostpath_base_directory_free_bytes',
      'Free space on the file system of the base directory for users other than root.',
      ({ space }) => space?.freeBytes,
    );
    gaugeByPool(
      'hostpath_base_directory_inodes',
      'Inodes of the file system of the base directory. Missing if it has no fixed number of them.',
      ({ space }) => space?.inodes || undefined,
    );
    gaugeByPool(
      'hostpath_base_directory_free_inodes',
      'Free inodes on the file system of the base directory.',
      ({ space }) => space?.freeInodes,
    );
    gaugeByPool(
      'hostpath_base_directory_promised_bytes',
      'Sizes of all volumes in the base directory, and of directories that are kept without a volume.',
      ({ room }) => room.room?.promisedBytes,
    );
    gaugeByPool(
      'hostpath_base_directory_reserved_bytes',
      'What is promised to no volume, by --reserve.',
      ({ room }) => room.room?.reservedBytes,
    );
    gaugeByPool(
      'hostpath_base_directory_used_inodes',
      'Used inodes on the file system of the base directory.',
      ({ space }) => space && space.inodes - space.freeInodes,
    );
    gaugeByPool(
      'hostpath_orphan_directories',
      'Directories in the base directory without a record. The daemon leaves them alone.',
      ({ name }) => sources.orphanDirectories().get(name),
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
    this.#gauge('hostpath_build_info', '1, with the version of the daemon.', 'version').set({ version }, 1);
    gauge('process_resident_memory_bytes', 'Resident memory, in bytes.', () => process.memoryUsage.rss());
  }

  async text(): Promise<string> {
    const usage = await this.#sources.usage();
    return (await this.#registry.metrics()) + usageMetrics(usage);
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
