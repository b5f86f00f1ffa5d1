import { volumeNameFor } from '../../src/model/names.ts';
import type { Cluster } from '../../test/support/cluster.ts';
import { until } from '../../test/support/until.ts';
import { inLoops } from '../cluster/in-loops.ts';
import { volumeOfOthers } from '../pairs/of-others.ts';

/** Whose claims, and of which binding mode. */
export const claimKinds = ['waitForFirstConsumer', 'immediate', 'others'] as const;
type ClaimKind = (typeof claimKinds)[number];

interface BoundClaim {
  name: string;
  volume: string;
}

const atOnce = 8;
const withinMs = 300_000;

/** Makes the classes of all kinds of claims. The cluster has that of `immediate`. */
export async function createClasses(cluster: Cluster): Promise<void> {
  await cluster.createClass(classOf(cluster, 'waitForFirstConsumer'), { volumeBindingMode: 'WaitForFirstConsumer' });
  await cluster.createClass(classOf(cluster, 'others'), { provisioner: 'example.com/other' });
}

const classOf = ({ className }: Cluster, kind: ClaimKind): string =>
  kind === 'immediate' ? className : `${className}-${kind.toLowerCase()}`;

/**
 * Creates claims as users do and waits until they are bound.
 * @param batch a name for these claims
 * @param nodeNames where pods may run; claims that wait for a consumer are spread over them
 */
export async function bindClaims(
  cluster: Cluster,
  kind: ClaimKind,
  count: number,
  batch: string,
  nodeNames: readonly string[] = [],
): Promise<BoundClaim[]> {
  const { api, claimsPath } = cluster;
  const spec = { storageClassName: classOf(cluster, kind) };
  const claims: BoundClaim[] = [];
  await inLoops(atOnce, count, async (index) => {
    const name = `${batch}-${index}`;
    const claim = await cluster.createClaim(name, { spec });
    claims.push({ name, volume: volumeNameFor(claim.metadata.uid) });
    if (kind === 'others') await api.create('/api/v1/persistentvolumes', volumeOfOthers(claim));
    if (kind === 'waitForFirstConsumer') {
      const annotations = { 'volume.kubernetes.io/selected-node': nodeNames[index % nodeNames.length] };
      await api.patch(`${claimsPath}/${name}`, { metadata: { annotations } });
    }
  });
  const areBound = async () => (await api.list(claimsPath)).every(({ status }) => status.phase === 'Bound');
  await until(`all claims of ${batch} are bound`, areBound, { withinMs, everyMs: 250 });
  return claims;
}

/** Deletes claims and waits until their volumes are gone. */
export async function deleteClaims(cluster: Cluster, kind: ClaimKind, claims: readonly BoundClaim[]): Promise<void> {
  await inLoops(atOnce, claims.length, async (index) => {
    const { name = '', volume } = claims[index] ?? {};
    await cluster.deleteClaim(name);
    if (kind === 'others') await cluster.api.delete(`/api/v1/persistentvolumes/${volume}`);
  });
  for (const { volume } of claims) {
    const isGone = async () => (await cluster.readVolume(volume)) === undefined;
    await until(`volume ${volume} is gone`, isGone, { withinMs });
  }
}
