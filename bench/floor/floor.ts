import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FreshCluster } from '../cluster/fresh-cluster.ts';
import { TaskProcess } from './task-process.ts';

export interface FloorTask {
  kubeconfigPath: string;
  /** Where directories are made. */
  directory: string;
  /** Volumes that are being made at the same time. */
  atOnce: number;
  /** Volumes made, after one on each connection that does not count. */
  count: number;
}

export interface FloorResult {
  ratePerSecond: number;
  /** Of the client, for each volume. */
  cpuMs: number;
}

/** Measures the floor with 1, 16 and 64 at once, with the daemon's rights and on its API server and disk. */
export async function measureFloor({ cluster }: FreshCluster) {
  const directory = join(cluster.folder, 'floor');
  await mkdir(directory);
  const kubeconfigPath = await cluster.daemonKubeconfig({});
  const client = new TaskProcess<FloorTask, FloorResult>('floor-process.ts');
  const measure = (atOnce: number, count: number) => client.run({ kubeconfigPath, directory, atOnce, count });
  try {
    return { one: await measure(1, 1_000), sixteen: await measure(16, 3_000), sixtyFour: await measure(64, 3_000) };
  } finally {
    client.end();
  }
}
