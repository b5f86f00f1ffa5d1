import type { Cluster } from '../test/support/cluster.ts';
import { until } from '../test/support/until.ts';
import { inLoops } from './bare-client.ts';

const withinMs = 120_000;

/** Deletes all claims of the cluster's namespace, and waits until they are gone. */
export async function deleteAllClaims({ api, claimsPath }: Cluster): Promise<void> {
  await api.delete(claimsPath);
  await until('the claims are gone', async () => (await api.list(`${claimsPath}?limit=1`)).length === 0, {
    withinMs,
    everyMs: 100,
  });
}

/** Says of volumes what kube-controller-manager's binder says of them once their claims are gone. */
export async function release({ api }: Cluster, volumes: readonly string[]): Promise<void> {
  await inLoops(32, volumes.length, async (index) => {
    await api.patch(`/api/v1/persistentvolumes/${volumes[index]}/status`, { status: { phase: 'Released' } });
  });
}
