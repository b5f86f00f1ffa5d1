import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { volumeNameFor } from '../src/model/names.ts';
import type { Cluster } from '../test/support/cluster.ts';
import { inLoops } from './in-loops.ts';
import type { MeasuredDaemon } from './measured-daemon.ts';

/** A claim that no provisioner has been asked for yet. */
export interface UnassignedClaim {
  name: string;
  volume: string;
}

export const unassignedLabel = 'bench-unassigned';

export async function createUnassigned(cluster: Cluster, names: readonly string[]): Promise<UnassignedClaim[]> {
  const claims: UnassignedClaim[] = [];
  await inLoops(32, names.length, async (index) => {
    const name = names[index] ?? '';
    const { metadata } = await cluster.createClaim(name, { metadata: { labels: { [unassignedLabel]: '' } } });
    claims.push({ name, volume: volumeNameFor(metadata.uid) });
  });
  return claims;
}

/** Sees to it that the daemon fails again and again with this claim: something lies where its directory is to be. */
export async function takeDirectory({ base }: Cluster, { volume }: UnassignedClaim): Promise<void> {
  await writeFile(join(base, volume), '');
}

/** Asks a provisioner for a volume, as kube-controller-manager's binder does. */
export async function assign({ api, claimsPath }: Cluster, name: string, provisioner: string): Promise<void> {
  const annotations = { 'volume.kubernetes.io/storage-provisioner': provisioner };
  await api.patch(`${claimsPath}/${name}`, { metadata: { annotations } });
}

/** How often the daemon has failed because a directory was taken. */
export async function failuresOf(daemon: MeasuredDaemon): Promise<number> {
  const failures = /^hostpath_failures_total\{flow="provision",reason="DirectoryTaken"\} (\d+)$/m;
  return Number(failures.exec(await daemon.metrics())?.[1] ?? 0);
}
