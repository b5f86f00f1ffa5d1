import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type RealOptions, startReal } from '../test/control-plane/real/real.ts';
import { Cluster } from '../test/support/cluster.ts';
import { MeasuredDaemon } from './measured-daemon.ts';
import { VolumeWatcher } from './volume-watcher.ts';

/** What a scenario is told of the run that it is a part of. */
export interface Repetition {
  /** From 0. */
  number: number;
  /**
   * Takes the directories that a scenario made, until the whole run is over: while thousands of files are being removed,
   * and on some file systems for minutes afterwards, making new ones is slow.
   */
  leftoversPath: string;
}

/** A new, empty cluster that nobody else uses, on which a scenario measures. */
export interface FreshCluster {
  cluster: Cluster;
  adminKubeconfigPath: string;
  apiServerPid: number;
  startDaemon(options: { waitUntilReady: boolean }): Promise<MeasuredDaemon>;
}

/**
 * Runs a scenario on a control plane of its own, with etcd that waits for the disk as in a cluster that is to keep its
 * data. Unless told otherwise, it has no binder: claims name their provisioner from the start, so that it alone is measured.
 */
export async function onFreshCluster<Result>(
  { leftoversPath }: Repetition,
  scenario: (fresh: FreshCluster) => Promise<Result>,
  options: Pick<RealOptions, 'binder' | 'fsync' | 'watchProgress'> = {},
): Promise<Result> {
  const { adminKubeconfigPath, apiServerPid, stop } = await startReal({ binder: false, fsync: true, ...options });
  try {
    const cluster = await Cluster.make(adminKubeconfigPath);
    const watcher = await VolumeWatcher.start(cluster.api);
    const daemons: MeasuredDaemon[] = [];
    const startDaemon: FreshCluster['startDaemon'] = async ({ waitUntilReady }) => {
      const daemon = await MeasuredDaemon.start(cluster, watcher, waitUntilReady);
      daemons.push(daemon);
      return daemon;
    };
    try {
      return await scenario({ cluster, adminKubeconfigPath, apiServerPid, startDaemon });
    } finally {
      watcher.stop();
      for (const daemon of daemons) await daemon.kill();
      await rename(cluster.folder, join(leftoversPath, basename(cluster.folder)));
      await cluster.remove();
    }
  } finally {
    await stop();
  }
}
