import { volumeNameFor } from '../../src/model/names.ts';
import type { Json } from '../../test/support/api.ts';
import type { Cluster } from '../../test/support/cluster.ts';
import { until } from '../../test/support/until.ts';
import type { FreshCluster } from '../cluster/fresh-cluster.ts';
import { inLoops } from '../cluster/in-loops.ts';
import { Etcd } from './etcd.ts';
import { newPairNames, type PairNames, renamed } from './pair-names.ts';

const pairsInBatch = 50;

/** Batches under way at the same time. More of them only wait in etcd. */
const atOnce = 4;

/**
 * Copies a bound pair until there are so many, with that one, and proves that the API server has them all.
 * @returns the names of the copies
 */
export async function fill({ cluster, etcdUrl }: FreshCluster, names: PairNames, count: number): Promise<PairNames[]> {
  const etcd = new Etcd(etcdUrl);
  const originals = [
    await etcd.get(`/registry/persistentvolumeclaims/${cluster.namespace}/${names.claimName}`),
    await etcd.get(`/registry/persistentvolumes/${volumeNameFor(names.claimUid)}`),
  ];
  const copies = Array.from({ length: count - 1 }, newPairNames);
  await inLoops(atOnce, Math.ceil(copies.length / pairsInBatch), async (batch) => {
    const inBatch = copies.slice(batch * pairsInBatch, (batch + 1) * pairsInBatch);
    const objects = inBatch.flatMap((copy) =>
      originals.map(({ key, value }) => ({ key: renamed(key, names, copy), value: renamed(value, names, copy) })),
    );
    await etcd.putAll(objects);
  });
  for (const collection of [cluster.claimsPath, '/api/v1/persistentvolumes']) {
    const areListed = async () => {
      const { items, metadata } = await cluster.api.get(`${collection}?limit=1`);
      return items.length + (metadata.remainingItemCount ?? 0) === count;
    };
    await until(`${collection} lists ${count}`, areListed, { withinMs: 120_000 });
  }
  const last = copies.at(-1);
  if (last !== undefined) await proveAlike(cluster, names, last);
  return copies;
}

/** A copy must be like its original in all but names. */
async function proveAlike(cluster: Cluster, names: PairNames, copy: PairNames): Promise<void> {
  const read = async ({ claimName, claimUid }: PairNames) => {
    const objects = [await cluster.readClaim(claimName), await cluster.readVolume(volumeNameFor(claimUid))];
    return JSON.stringify(objects, (key, value: Json) => (key === 'resourceVersion' ? undefined : value));
  };
  const [expected, found] = [renamed(await read(names), names, copy), await read(copy)];
  if (found !== expected) throw new Error(`a copied pair is read as ${found}, instead of ${expected}`);
}
