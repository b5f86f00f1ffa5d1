import { createClaim } from '../claims.ts';
import type { Findings } from '../figures.ts';
import { onFreshCluster, type Repetition } from '../fresh-cluster.ts';
import { countRequests, requestsSince, totalsOf } from '../request-counts.ts';
import { percentile } from '../statistics.ts';

const claims = 300;
const withinMs = 10_000;

/** One claim at a time: the next is created when the volume of the last has been seen. */
export function single(repetition: Repetition): Promise<Findings> {
  return onFreshCluster(repetition, async ({ cluster, startDaemon }) => {
    const daemon = await startDaemon({ waitUntilReady: true });
    const before = await countRequests(cluster.api);
    const usageBefore = daemon.usage();

    const latencies: number[] = [];
    for (let index = 0; index < claims; index += 1) {
      const { volume, answeredAt } = await createClaim(cluster, `claim-${index}`);
      const [seenAt = Number.NaN] = await daemon.untilSeen([volume], withinMs);
      latencies.push(seenAt - answeredAt);
    }

    const usage = daemon.usage();
    const requests = requestsSince(before, await countRequests(cluster.api));
    const totals = totalsOf(requests);
    return {
      figures: {
        idleRss: usageBefore.rssMiB,
        singleP50: percentile(latencies, 0.5),
        singleP99: percentile(latencies, 0.99),
        singleWrites: totals.writes / claims,
        singleReads: totals.reads / claims,
        singleCpu: (usage.cpuMs - usageBefore.cpuMs) / claims,
      },
      samples: { 'single: claim answered to volume, ms': latencies, 'single: requests': requests },
    };
  });
}
