import { volumeNameFor } from '../../src/model/names.ts';
import type { Cluster } from '../../test/support/cluster.ts';
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

/** Who makes the volumes, as far as can be waited for. */
interface Maker {
  untilSeen(volumes: readonly string[], withinMs: number): Promise<number[]>;
}

/** Creates one claim and waits for its volume: the time from the answer to when the volume is seen, in milliseconds. */
export async function timeOfClaim(cluster: Cluster, maker: Maker, name: string, withinMs: number): Promise<number> {
  const claim = await createClaim(cluster, name);
  const [latency = Number.NaN] = latenciesOf([claim], await maker.untilSeen([claim.volume], withinMs));
  return latency;
}

/** @param seenAt when the volume of each claim was seen, in their order */
export const latenciesOf = (claims: readonly CreatedClaim[], seenAt: readonly number[]): number[] =>
  claims.map(({ answeredAt }, index) => (seenAt[index] ?? Number.NaN) - answeredAt);

/** Creates claims, so many at once. */
export async function createClaims(cluster: Cluster, count: number, atOnce: number): Promise<CreatedClaim[]> {
  const created: CreatedClaim[] = [];
  await inLoops(atOnce, count, async (index) => {
    created.push(await createClaim(cluster, `claim-${index}`));
  });
  return created;
}
