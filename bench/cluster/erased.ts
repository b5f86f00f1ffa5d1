import type { Cluster } from '../../test/support/cluster.ts';
import { until } from '../../test/support/until.ts';

/** Waits until directories, journal and trash are gone: a daemon that lets volumes go and leaves these has deleted nothing. */
export async function untilErased(cluster: Cluster, withinMs: number): Promise<void> {
  const check = async () => {
    const left = [
      ...(await cluster.directories()),
      ...(await cluster.journal('volumes')),
      ...(await cluster.journal('trash')),
    ];
    return left.length === 0;
  };
  await until('nothing of the volumes is left on the disk', check, { withinMs, everyMs: 100 });
}
