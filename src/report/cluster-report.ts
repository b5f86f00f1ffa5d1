import type { ApiError } from '../kube/calls/kube-api.ts';
import type { EventRecorder } from '../kube/events/events.ts';
import type { KeptReason } from '../model/whose.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { nodeEvent } from './node-event.ts';

/** Directories that are kept for one reason. */
export interface KeptGroup {
  reason: KeptReason;
  /** The cluster that they are of; undefined unless it is another one. */
  cluster: string | undefined;
  count: number;
  /** Name of one of their volumes. */
  example: string;
}

export interface ClusterReportOptions {
  log: Logger;
  metrics: Pick<Metrics, 'clusterKnown'>;
  events: Pick<EventRecorder, 'emit'>;
  nodeName: string;
  /** Path of the base directory. */
  basePath: string;
}

/** Says which cluster the daemon serves, and what it keeps because no deletion of this cluster allows it to go. */
export class ClusterReport {
  readonly #options: ClusterReportOptions;

  constructor(options: ClusterReportOptions) {
    this.#options = options;
  }

  /** @param late whether that it is unknown was told before */
  known(cluster: string, late: boolean): void {
    const { log, metrics } = this.#options;
    metrics.clusterKnown.set(1);
    log.info({ cluster }, 'cluster is known');
    if (late) nodeEvent(this.#options, 'Normal', 'ClusterKnown', `the UID of namespace kube-system is ${cluster}`);
  }

  unknown({ message }: ApiError): void {
    const { log, metrics } = this.#options;
    metrics.clusterKnown.set(0);
    const consequence =
      'the daemon cannot tell this cluster from another one. Until it can, it removes only what it sees being deleted: apply rbac/clusterrole.yaml';
    log.warn({ message }, 'cluster is unknown');
    nodeEvent(this.#options, 'Warning', 'ClusterUnknown', `${message}: ${consequence}`);
  }

  kept(groups: readonly KeptGroup[]): void {
    const { log } = this.#options;
    if (groups.length === 0) log.info('no directories are kept any more without a volume of this cluster');
    for (const group of groups) {
      const text = this.#textOf(group);
      log.warn({ ...group, message: text }, 'directories are kept without a volume of this cluster');
      nodeEvent(this.#options, 'Warning', 'DirectoriesKept', `${group.reason}: ${text}`);
    }
  }

  #textOf({ reason, cluster, count, example }: KeptGroup): string {
    const { basePath } = this.#options;
    const what =
      count === 1 ? `the directory of volume ${example}` : `the directories of ${count} volumes, such as ${example},`;
    const [be, they] = count === 1 ? ['is', 'it'] : ['are', 'them'];
    const why = {
      AnotherCluster: `${be} of the cluster whose namespace kube-system has the UID ${cluster}`,
      ClusterUnknown: `${be} of a cluster that is not known`,
      Abandoned: `${be} left without claim and volume, and nobody saw a deletion`,
    }[reason];
    const next = `"hostpath-provisioner trash" on the node lists ${they}, "hostpath-provisioner restore ${example} --claim NAMESPACE/NAME" gives one to a claim`;
    return `in ${basePath}, ${what} ${why}. Nothing was removed: ${next}`;
  }
}
