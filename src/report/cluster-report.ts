import type { ApiError } from '../kube/calls/kube-api.ts';
import type { EventRecorder } from '../kube/events/events.ts';
import type { KeptReason } from '../model/whose.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { nodeEvent } from './node-event.ts';

/** Directories of one base directory that are kept for one reason. */
export interface KeptGroup {
  reason: KeptReason;
  /** The cluster that they belong to; undefined unless it is another one. */
  cluster: string | undefined;
  /** Path of the base directory. */
  basePath: string;
  count: number;
  /** Name of one of their volumes. */
  example: string;
}

export interface ClusterReportOptions {
  log: Logger;
  metrics: Pick<Metrics, 'clusterKnown'>;
  events: Pick<EventRecorder, 'emit'>;
  nodeName: string;
}

/** Reports which cluster the daemon serves, and which directories it keeps without a volume of this cluster. */
export class ClusterReport {
  readonly #options: ClusterReportOptions;

  constructor(options: ClusterReportOptions) {
    this.#options = options;
  }

  /** @param late whether the daemon worked without the UID before */
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
      'The daemon cannot tell this cluster from another one, so it removes only what it sees being deleted. Grant the permission: kubectl apply -f rbac/clusterrole.yaml';
    log.warn({ message }, 'cluster is unknown');
    nodeEvent(this.#options, 'Warning', 'ClusterUnknown', `${message}. ${consequence}`);
  }

  kept(groups: readonly KeptGroup[]): void {
    const { log } = this.#options;
    if (groups.length === 0) log.info('no directory is kept without a volume of this cluster any more');
    for (const group of groups) {
      const text = textOf(group);
      log.warn({ ...group, message: text }, 'directories are kept without a volume of this cluster');
      nodeEvent(this.#options, 'Warning', 'DirectoriesKept', `${group.reason}: ${text}`);
    }
  }
}

function textOf({ reason, cluster, basePath, count, example }: KeptGroup): string {
  const what =
    count === 1 ? `the directory of volume ${example}` : `the directories of ${count} volumes, such as ${example},`;
  const [belong, have, them] = count === 1 ? ['belongs', 'has', 'it'] : ['belong', 'have', 'them'];
  const why = {
    AnotherCluster: `${belong} to the cluster whose namespace kube-system has the UID ${cluster}`,
    ClusterUnknown: `${belong} to an unknown cluster`,
    Abandoned: `${have} neither claim nor volume, and the daemon saw no deletion`,
  }[reason];
  const next = `"hostpath-provisioner trash" on the node lists ${them}, and "hostpath-provisioner restore ${example} --claim NAMESPACE/NAME" gives one to a claim`;
  return `in ${basePath}, ${what} ${why}. Nothing was removed. ${next}`;
}
