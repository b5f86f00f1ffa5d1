import type { BaseDirectory, Space, StorageError } from '../disk/port.ts';
import type { EventRecorder } from '../kube/events/events.ts';
import { isShortLived } from '../model/short-lived.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { nodeEvent } from './node-event.ts';

export interface BaseDirectoryReportOptions {
  log: Logger;
  metrics: Metrics;
  events: Pick<EventRecorder, 'emit'>;
  nodeName: string;
  /** Name of its pool. */
  pool: string;
}

/** Reports the state of one base directory in the log, in a metric, and in Events of the node, because there may be no claim. */
export class BaseDirectoryReport {
  readonly #options: BaseDirectoryReportOptions;
  /** The reason in the metric. */
  #reason: string | undefined;

  constructor(options: BaseDirectoryReportOptions) {
    this.#options = options;
  }

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
    if (!isShortLived(fileSystem)) return;
    const consequence = 'loses its content at a restart, and every volume with it. Use a directory on a disk';
    this.#options.log.warn({ path, fileSystem }, `base directory is on a file system that ${consequence}`);
    const message = `base directory ${path} is on ${fileSystem}, which ${consequence}`;
    this.#nodeEvent('Warning', 'BaseDirectoryShortLived', message);
  }

  #reportElsewhere(path: string, elsewhere: string): void {
    const message = `base directory ${path} has the path ${elsewhere} on its disk. If that is not mounted at ${path} on the node, no pod finds its volumes: set hostPath.path of the daemon's volume to ${path}`;
    this.#options.log.warn({ path, elsewhere, message }, 'base directory may have another path on the node');
    this.#nodeEvent('Warning', 'BaseDirectoryElsewhere', message);
  }

  almostFull({ path }: BaseDirectory, space: Space): void {
    this.#options.log.warn({ path, ...space }, 'base directory is almost full');
    const advice = `Free space before pods cannot write and new claims fail with NoSpace: du -xsh ${path}/* | sort -h`;
    const message = `base directory ${path} has only ${freeOf(space)} free. ${advice}`;
    this.#nodeEvent('Warning', 'BaseDirectoryAlmostFull', message);
  }

  hasSpace({ path }: BaseDirectory, space: Space): void {
    this.#options.log.info({ path, ...space }, 'base directory has space again');
    this.#nodeEvent('Normal', 'BaseDirectoryHasSpace', `base directory ${path} has ${freeOf(space)} free`);
  }

  /** @param repaired whether they were reported as not held before */
  limitsHeld(path: string, repaired: boolean): void {
    const { log, metrics, pool } = this.#options;
    metrics.limitsHeld.set({ pool }, 1);
    log.info({ path }, 'limits of volumes hold');
    if (repaired) this.#nodeEvent('Normal', 'LimitsHeld', `base directory ${path} holds volumes to their limits again`);
  }

  /** @param why with the command that changes it */
  limitsNotHeld(path: string, why: string): void {
    const { log, metrics, pool } = this.#options;
    metrics.limitsHeld.set({ pool }, 0);
    log.error({ path, message: why }, 'limits of volumes do not hold');
    const message = `base directory ${path} has volumes with limits, and nothing holds them to these: one may fill the disk. ${why}`;
    this.#nodeEvent('Warning', 'LimitsNotHeld', message);
  }

  #setMetric(value: 0 | 1, reason: string): void {
    const { metrics, pool } = this.#options;
    if (this.#reason !== undefined) metrics.baseDirectoryUsable.remove({ pool, reason: this.#reason });
    metrics.baseDirectoryUsable.set({ pool, reason }, value);
    this.#reason = reason;
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
