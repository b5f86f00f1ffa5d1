import { createClaim } from '../claims.ts';
import type { Figures, Findings } from '../figures.ts';
import { onFreshCluster, type Repetition } from '../fresh-cluster.ts';
import { countRequests, requestsSince, totalsOf } from '../request-counts.ts';
import { percentile } from '../statistics.ts';

export const singleFigures = {
  singleP50: { text: 'one at a time, claim answered to volume, p50', unit: 'ms' },
  singleP99: { text: 'one at a time, claim answered to volume, p99', unit: 'ms' },
  singleWrites: {
    text: 'one at a time, writes besides Events',
    unit: '/claim',
    target: { exactly: 1, judged: 'each' },
  },
  singleReads: { text: 'one at a time, reads', unit: '/claim' },
  singleCpu: { text: 'one at a time, CPU of the daemon', unit: 'ms/claim' },
  idleRss: { text: 'started and idle, resident memory', unit: 'MiB' },
} satisfies Figures;

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
