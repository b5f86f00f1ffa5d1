import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type RealOptions, startReal } from '../../test/control-plane/real/real.ts';
import { Cluster } from '../../test/support/cluster.ts';
import type { DaemonOptions } from '../../test/support/daemon-process.ts';
import type { Contender } from '../provisioners/contender.ts';
import { Daemon } from '../provisioners/daemon.ts';
import { ProcessGroup } from '../provisioners/process-group.ts';
import { Provisioner } from '../provisioners/provisioner.ts';
import { VolumeWatcher } from './volume-watcher.ts';

/** What a scenario is told of the run that it is a part of. */
export interface Repetition {
  /** From 0. */
  number: number;
  /**
   * Takes the directories that a scenario made, until the whole run is over. While thousands of files are being removed,
   * and on some file systems for minutes afterwards, making new ones is slow.
   */
  leftoversPath: string;
  /** The command of another provisioner that is measured too. */
  peer: string | undefined;
}

/** A new, empty cluster that nobody else uses, on which a scenario measures. */
export interface FreshCluster {
  cluster: Cluster;
  adminKubeconfigPath: string;
  /** Address of etcd, to write objects past the API server. */
  etcdUrl: string;
  apiServerPid: number;
  startDaemon(options?: Partial<DaemonOptions>): Promise<Daemon>;
  /** Starts another provisioner, instead of the daemon. Only its volumes show that it is at work. */
  startContender(contender: Contender): Promise<Provisioner>;
}

/**
 * Runs a scenario on a control plane of its own, with an etcd that waits for the disk as in a cluster that keeps its data.
 * Unless told otherwise, it has no binder: claims name their provisioner from the start, so that it alone is measured.
 */
export async function onFreshCluster<Result>(
  { leftoversPath }: Repetition,
  scenario: (fresh: FreshCluster) => Promise<Result>,
  options: Pick<RealOptions, 'binder' | 'fsync' | 'watchProgress'> = {},
): Promise<Result> {
  const { stop, ...controlPlane } = await startReal({ binder: false, fsync: true, ...options });
  try {
    const cluster = await Cluster.make(controlPlane.adminKubeconfigPath);
    const watcher = await VolumeWatcher.start(cluster.api);
    const contenders: ProcessGroup[] = [];
    try {
      return await scenario({
        ...controlPlane,
        cluster,
        startDaemon: (options) => Daemon.start(cluster, watcher, options),
        startContender: async ({ name, command, actsAs }) => {
          const environment = {
            KUBECONFIG: actsAs === 'the daemon' ? await cluster.daemonKubeconfig() : controlPlane.adminKubeconfigPath,
            NODE_NAME: cluster.nodeName,
            BASE_DIRECTORY: cluster.base,
            PROVISIONER_NAME: cluster.provisioner,
          };
          const startedAt = performance.now();
          const group = new ProcessGroup(command, environment, join(cluster.folder, `${name}.log`));
          contenders.push(group);
          return new Provisioner(startedAt, group, watcher);
        },
      });
    } finally {
      watcher.stop();
      for (const group of contenders) await group.kill();
      await cluster.removeDaemons();
      await rename(cluster.folder, join(leftoversPath, basename(cluster.folder)));
      await cluster.remove();
    }
  } finally {
    await stop();
  }
}
