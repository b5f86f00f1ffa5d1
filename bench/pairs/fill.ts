import { volumeNameFor } from '../../src/model/names.ts';
import type { Json } from '../../test/support/api.ts';
import type { Cluster } from '../../test/support/cluster.ts';
import { until } from '../../test/support/until.ts';
import type { FreshCluster } from '../cluster/fresh-cluster.ts';
import { Etcd, type StoredObject } from './etcd.ts';
import { newPairNames, type PairNames, renamed } from './pair-names.ts';

const readableWithinMs = 120_000;

/**
 * Copies a bound pair until there are so many, with that one, and proves that the API server has them all.
 * @param onCopy is told of each copy
 */
export async function fill(
  { cluster, etcdUrl }: FreshCluster,
  names: PairNames,
  count: number,
  onCopy: (copy: PairNames) => void = () => {},
): Promise<void> {
  const etcd = new Etcd(etcdUrl);
  const originals = await readStored(etcd, cluster, names);
  const copies = Array.from({ length: count - 1 }, newPairNames);
  await etcd.putAll(copiesOf(originals, names, copies));
  for (const copy of copies) onCopy(copy);
  await untilListed(cluster, cluster.claimsPath, count);
  await untilListed(cluster, '/api/v1/persistentvolumes', count);
  const last = copies.at(-1);
  if (last !== undefined) await proveAlike(cluster, names, last);
}

/** Where a claim lies in etcd. */
export const claimKey = (namespace: string, name: string): string =>
  `/registry/persistentvolumeclaims/${namespace}/${name}`;

async function readStored(etcd: Etcd, { namespace }: Cluster, { claimName, claimUid }: PairNames) {
  return [
    await etcd.get(claimKey(namespace, claimName)),
    await etcd.get(`/registry/persistentvolumes/${volumeNameFor(claimUid)}`),
  ];
}

function* copiesOf(originals: StoredObject[], names: PairNames, copies: PairNames[]): Generator<StoredObject> {
  for (const copy of copies) {
    for (const { key, value } of originals)
      yield { key: renamed(key, names, copy), value: renamed(value, names, copy) };
  }
}

async function untilListed({ api }: Cluster, collection: string, count: number): Promise<void> {
  const check = async () => {
    const { items, metadata } = await api.get(`${collection}?limit=1`);
    const found = items.length + (metadata.remainingItemCount ?? 0);
    if (found !== count) throw new Error(`${found}`);
    return true;
  };
  await until(`${collection} lists ${count}`, check, { withinMs: readableWithinMs });
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
