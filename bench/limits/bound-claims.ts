import { type CreatedClaim, createClaims } from '../cluster/claims.ts';
import type { FreshCluster } from '../cluster/fresh-cluster.ts';
import { inLoops } from '../cluster/in-loops.ts';
import { untilSettled } from '../cluster/request-counts.ts';
import { patchBound } from '../pairs/bind.ts';
import type { Daemon } from '../provisioners/daemon.ts';

/** Creates claims of a class and binds them to the volumes that the daemon makes; returns when nothing is left to do for them. */
export async function createBoundClaims(
  { cluster }: FreshCluster,
  daemon: Daemon,
  count: number,
  className: string,
): Promise<CreatedClaim[]> {
  const created = await createClaims(cluster, count, 32, className, className);
  await daemon.untilSeen(created.map(({ volume }) => volume));
  await inLoops(32, count, async (index) => {
    const { name = '', volume = '' } = created[index] ?? {};
    await patchBound(cluster, name, volume);
  });
  await untilSettled(cluster.api);
  return created;
}
