import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type RealOptions, startReal } from '../../test/control-plane/real/real.ts';
import { Cluster } from '../../test/support/cluster.ts';
import type { Contender } from '../provisioners/contender.ts';
import { ContenderProcess } from '../provisioners/contender-process.ts';
import { MeasuredDaemon, type StartOptions } from '../provisioners/measured-daemon.ts';
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
  /** Command of another provisioner that is to be measured too. */
  peer: string | undefined;
}

/** A provisioner at work, ours or another. */
export type Provisioner = MeasuredDaemon | ContenderProcess;

/** A new, empty cluster that nobody else uses, on which a scenario measures. */
export interface FreshCluster {
  cluster: Cluster;
  adminKubeconfigPath: string;
  /** Address of etcd, to write objects past the API server. */
  etcdUrl: string;
  apiServerPid: number;
  startDaemon(options: StartOptions): Promise<MeasuredDaemon>;
  /** Starts another provisioner, instead of the daemon. */
  startContender(contender: Contender, options: { waitUntilReady: boolean }): Promise<ContenderProcess>;
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
  const { adminKubeconfigPath, etcdUrl, apiServerPid, stop } = await startReal({
    binder: false,
    fsync: true,
    ...options,
  });
  try {
    const cluster = await Cluster.make(adminKubeconfigPath);
    const watcher = await VolumeWatcher.start(cluster.api);
    const started: Provisioner[] = [];
    const startDaemon: FreshCluster['startDaemon'] = async (options) => {
      const daemon = await MeasuredDaemon.start(cluster, watcher, options);
      started.push(daemon);
      return daemon;
    };
    const startContender: FreshCluster['startContender'] = async (contender, { waitUntilReady }) => {
      const asDaemon = contender.actsAs === 'the daemon';
      const kubeconfigPath = asDaemon ? await cluster.daemonKubeconfig({}) : adminKubeconfigPath;
      const process = new ContenderProcess(contender, cluster, kubeconfigPath, watcher);
      started.push(process);
      if (waitUntilReady) await process.untilReady(cluster);
      return process;
    };
    try {
      return await scenario({ cluster, adminKubeconfigPath, etcdUrl, apiServerPid, startDaemon, startContender });
    } finally {
      watcher.stop();
      for (const process of started) await process.kill();
      await rename(cluster.folder, join(leftoversPath, basename(cluster.folder)));
      await cluster.remove();
    }
  } finally {
    await stop();
  }
}
