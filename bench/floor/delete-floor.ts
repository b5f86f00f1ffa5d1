import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FreshCluster } from '../cluster/fresh-cluster.ts';
import { TaskProcess } from './task-process.ts';

export interface DeleteFloorTask {
  kubeconfigPath: string;
  /** Where directories are made, and the trash that they are moved to. */
  directory: string;
  trash: string;
  /** Volumes that are being deleted at the same time. */
  atOnce: number;
  /** Volumes deleted, after one on each connection that does not count. */
  count: number;
}

export interface DeleteFloorResult {
  ratePerSecond: number;
}

/** Measures the floor of deleting with 1, 16 and 64 at once, as an administrator, on the daemon's API server and disk. */
export async function measureDeleteFloor({ cluster, adminKubeconfigPath }: FreshCluster) {
  const directory = join(cluster.folder, 'delete-floor');
  const trash = join(cluster.folder, 'delete-floor-trash');
  for (const path of [directory, trash]) await mkdir(path);
  const client = new TaskProcess<DeleteFloorTask, DeleteFloorResult>('delete-floor-process.ts');
  const measure = async (atOnce: number, count: number) => {
    const task = { kubeconfigPath: adminKubeconfigPath, directory, trash, atOnce, count };
    return (await client.run(task)).ratePerSecond;
  };
  try {
    return { one: await measure(1, 300), sixteen: await measure(16, 1_000), sixtyFour: await measure(64, 1_000) };
  } finally {
    client.end();
  }
}
