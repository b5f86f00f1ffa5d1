import { volumeNameFor } from '../../src/model/names.ts';
import type { Cluster } from '../../test/support/cluster.ts';
import { until } from '../../test/support/until.ts';
import type { Provisioner } from '../provisioners/provisioner.ts';
import { inLoops } from './in-loops.ts';

/** One claim that the bench created. Times are of `performance.now`. */
export interface CreatedClaim {
  name: string;
  /** Name of the volume that it is to get. */
  volume: string;
  sentAt: number;
  answeredAt: number;
}

/** Creates one claim that names its provisioner, as kube-controller-manager's binder otherwise does. */
export async function createClaim(
  cluster: Cluster,
  name: string,
  storageClassName = cluster.className,
): Promise<CreatedClaim> {
  const annotations = { 'volume.kubernetes.io/storage-provisioner': cluster.provisioner };
  const sentAt = performance.now();
  const { metadata } = await cluster.createClaim(name, { metadata: { annotations }, spec: { storageClassName } });
  return { name, volume: volumeNameFor(metadata.uid), sentAt, answeredAt: performance.now() };
}

/** Creates claims, so many at once. */
export async function createClaims(
  cluster: Cluster,
  count: number,
  atOnce: number,
  batch = 'claim',
  className?: string,
): Promise<CreatedClaim[]> {
  const created: CreatedClaim[] = [];
  await inLoops(atOnce, count, async (index) => {
    created.push(await createClaim(cluster, `${batch}-${index}`, className));
  });
  return created;
}

/** Creates one claim and waits for its volume: the time from the answer to when the volume is seen, in milliseconds. */
export async function timeOfClaim(
  cluster: Cluster,
  provisioner: Provisioner,
  name: string,
  className?: string,
): Promise<number> {
  const { volume, answeredAt } = await createClaim(cluster, name, className);
  const [seenAt = Number.NaN] = await provisioner.untilSeen([volume]);
  return seenAt - answeredAt;
}

/** Deletes all claims of the cluster, and says of their volumes what kube-controller-manager's binder says of them then. */
export async function releaseAll({ api, claimsPath }: Cluster, volumes: readonly string[]): Promise<void> {
  await api.delete(claimsPath);
  const areGone = async () => (await api.list(`${claimsPath}?limit=1`)).length === 0;
  await until('the claims are gone', areGone, { withinMs: 120_000 });
  await inLoops(32, volumes.length, async (index) => {
    await api.patch(`/api/v1/persistentvolumes/${volumes[index]}/status`, { status: { phase: 'Released' } });
  });
}
