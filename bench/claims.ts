import { volumeNameFor } from '../src/model/names.ts';
import type { Cluster } from '../test/support/cluster.ts';
import { inLoops } from './in-loops.ts';

/** One claim that the bench created. Times are of `performance.now`. */
export interface CreatedClaim {
  /** Name of the volume that it is to get. */
  volume: string;
  sentAt: number;
  answeredAt: number;
}

/** Creates one claim that names its provisioner, as kube-controller-manager's binder otherwise does. */
export async function createClaim(cluster: Cluster, name: string): Promise<CreatedClaim> {
  const annotations = { 'volume.kubernetes.io/storage-provisioner': cluster.provisioner };
  const sentAt = performance.now();
  const { metadata } = await cluster.createClaim(name, { metadata: { annotations } });
  return { volume: volumeNameFor(metadata.uid), sentAt, answeredAt: performance.now() };
}

/** Creates claims, so many at once. */
export async function createClaims(cluster: Cluster, count: number, atOnce: number): Promise<CreatedClaim[]> {
  const created: CreatedClaim[] = [];
  await inLoops(atOnce, count, async (index) => {
    created.push(await createClaim(cluster, `claim-${index}`));
  });
  return created;
}
