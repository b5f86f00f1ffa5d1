import { startReal } from '../test/control-plane/real/real.ts';
import { Cluster } from '../test/support/cluster.ts';
import { MeasuredDaemon } from './measured-daemon.ts';
import { VolumeWatcher } from './volume-watcher.ts';

/** A new, empty cluster that nobody else uses, on which a scenario measures. */
export interface FreshCluster {
  cluster: Cluster;
  adminKubeconfigPath: string;
  startDaemon(options: { waitUntilReady: boolean }): Promise<MeasuredDaemon>;
}

/**
 * Runs a scenario on a control plane of its own, with etcd that waits for the disk as in a cluster that is to keep its
 * data, and without the binder: claims name their provisioner from the start, so that it alone is measured.
 */
export async function onFreshCluster<Result>(scenario: (fresh: FreshCluster) => Promise<Result>): Promise<Result> {
  const { adminKubeconfigPath, stop } = await startReal({ binder: false, fsync: true });
  try {
    const cluster = await Cluster.make(adminKubeconfigPath);
    const watcher = await VolumeWatcher.start(cluster.api);
    const startDaemon: FreshCluster['startDaemon'] = ({ waitUntilReady }) =>
      MeasuredDaemon.start(cluster, watcher, waitUntilReady);
    try {
      return await scenario({ cluster, adminKubeconfigPath, startDaemon });
    } finally {
      watcher.stop();
      await cluster.remove();
    }
  } finally {
    await stop();
  }
}
