import type { Cluster } from '../../test/support/cluster.ts';
import { until } from '../../test/support/until.ts';
import { inLoops } from './in-loops.ts';

const withinMs = 120_000;

/** Deletes the claims with a label, or all, of the cluster's namespace, and waits until they are gone. */
export async function deleteClaims({ api, claimsPath }: Cluster, label = ''): Promise<void> {
  const path = `${claimsPath}?labelSelector=${label}`;
  await api.delete(path);
  await until('the claims are gone', async () => (await api.list(`${path}&limit=1`)).length === 0, { withinMs });
}

/** Says of volumes what kube-controller-manager's binder says of them once their claims are gone. */
export async function release({ api }: Cluster, volumes: readonly string[]): Promise<void> {
  await inLoops(32, volumes.length, async (index) => {
    await api.patch(`/api/v1/persistentvolumes/${volumes[index]}/status`, { status: { phase: 'Released' } });
  });
}
