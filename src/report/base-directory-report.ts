import type { BaseDirectory, Space, StorageError } from '../disk/port.ts';
import type { EventRecorder } from '../kube/events/events.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { nodeEvent } from './node-event.ts';

/** File systems that lose their content at a reboot, or with the container that the node runs in. */
const shortLived: ReadonlySet<string> = new Set(['tmpfs', 'ramfs', 'overlay']);

export interface BaseDirectoryReportOptions {
  log: Logger;
  metrics: Metrics;
  events: Pick<EventRecorder, 'emit'>;
  nodeName: string;
}

/** Reports the state of the base directory in the log, in a metric, and in Events of the node, because there may be no claim. */
export class BaseDirectoryReport {
  readonly #options: BaseDirectoryReportOptions;

  constructor(options: BaseDirectoryReportOptions) {
    this.#options = options;
  }

  /** The node, its volumes or the cluster are not known yet. */
  notJudgedYet({ reason }: StorageError): void {
    this.#setMetric(0, reason);
  }

  unusable({ reason, message }: StorageError): void {
    this.#setMetric(0, reason);
    this.#options.log.error({ reason, message }, 'base directory is unusable');
    this.#nodeEvent('Warning', 'BaseDirectoryUnusable', `${reason}: ${message}`);
  }

  /** @param repaired whether it was reported as unusable before */
  usable({ path, id, mounted, fileSystem, elsewhere }: BaseDirectory, repaired: boolean): void {
    this.#setMetric(1, '');
    this.#options.log.info({ path, id, mounted, fileSystem }, 'base directory is usable');
    if (repaired) this.#nodeEvent('Normal', 'BaseDirectoryUsable', `base directory ${path} is usable again`);
    if (elsewhere !== undefined) this.#reportElsewhere(path, elsewhere);
    if (!shortLived.has(fileSystem)) return;
    const consequence = 'loses its content at a restart, and every volume with it. Use a directory on a disk';
    this.#options.log.warn({ path, fileSystem }, `base directory on a file system that ${consequence}`);
    this.#nodeEvent(
      'Warning',
      'BaseDirectoryShortLived',
      `base directory ${path} is on ${fileSystem}, which ${consequence}`,
    );
  }

  #reportElsewhere(path: string, elsewhere: string): void {
    const message = `base directory ${path} has the path ${elsewhere} on its disk. If that is not mounted at ${path} on the node, no pod finds its volumes: set hostPath.path of the daemon's volume to ${path}`;
    this.#options.log.warn({ path, elsewhere, message }, 'base directory may have another path on the node');
    this.#nodeEvent('Warning', 'BaseDirectoryElsewhere', message);
  }

  almostFull({ path }: BaseDirectory, space: Space): void {
    this.#options.log.warn({ path, ...space }, 'base directory is almost full');
    const advice = 'free some space before pods cannot write to their volumes and new claims fail with NoSpace';
    this.#nodeEvent(
      'Warning',
      'BaseDirectoryAlmostFull',
      `base directory ${path} has only ${freeOf(space)} free: ${advice}`,
    );
  }

  hasSpace({ path }: BaseDirectory, space: Space): void {
    this.#options.log.info({ path, ...space }, 'base directory has space again');
    this.#nodeEvent('Normal', 'BaseDirectoryHasSpace', `base directory ${path} has ${freeOf(space)} free`);
  }

  #setMetric(value: 0 | 1, reason: string): void {
    const gauge = this.#options.metrics.baseDirectoryUsable;
    gauge.reset();
    gauge.set({ reason }, value);
  }

  #nodeEvent(type: 'Normal' | 'Warning', reason: string, message: string): void {
    nodeEvent(this.#options, type, reason, message);
  }
}

function freeOf({ sizeBytes, freeBytes, inodes, freeInodes }: Space): string {
  const mebibytes = (bytes: number) => Math.floor(bytes / 1024 ** 2);
  const space = `${mebibytes(freeBytes)} of ${mebibytes(sizeBytes)} MiB`;
  return inodes === 0 ? space : `${space} and ${freeInodes} of ${inodes} inodes`;
}
