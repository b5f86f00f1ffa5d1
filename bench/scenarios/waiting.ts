import { createClaims } from '../claims.ts';
import type { Figures, Findings } from '../figures.ts';
import { type FreshCluster, onFreshCluster, type Repetition } from '../fresh-cluster.ts';
import { countRequests, requestsSince, totalsOf } from '../request-counts.ts';
import { range, ratePerSecond } from '../statistics.ts';
import { floorFindings } from './floor.ts';

export const waitingFigures = {
  waitingRate: { text: 'waiting claims, first volume to last', unit: '/s' },
  waitingShare: {
    text: 'waiting claims, share of the best floor',
    unit: 'x floor',
    target: { atLeast: 0.6, judged: 'median' },
  },
  waitingFirst: { text: 'waiting claims, process start to first volume', unit: 'ms' },
  waitingWrites: {
    text: 'waiting claims, writes besides Events',
    unit: '/claim',
    target: { exactly: 1, judged: 'each' },
  },
  waitingReads: { text: 'waiting claims, reads', unit: '/claim' },
  waitingEvents: { text: 'waiting claims, Events so far', unit: '/claim' },
  waitingCpu: { text: 'waiting claims, CPU of the daemon, start included', unit: 'ms/claim' },
  waitingRss: { text: 'waiting claims, resident memory afterwards', unit: 'MiB' },
  waitingPeakRss: {
    text: 'waiting claims, highest resident memory',
    unit: 'MiB',
    target: { atMost: 130, judged: 'each' },
  },
} satisfies Figures;

const claims = 3_000;
const withinMs = 120_000;

/** 3,000 claims wait when the daemon starts. The floor is taken on the same API server, in turn before and after it. */
export function waiting(repetition: Repetition): Promise<Findings> {
  return onFreshCluster(repetition, async (fresh) => {
    const created = await createClaims(fresh.cluster, claims, 32);
    const volumes = created.map(({ volume }) => volume);
    const floorFirst = repetition.number % 2 === 0 ? await floorFindings(fresh) : undefined;
    const ours = await oursFindings(fresh, volumes);
    const floor = floorFirst ?? (await floorFindings(fresh));

    const { floor1 = 0, floor16 = 0, floor64 = 0 } = floor.figures;
    const waitingShare = (ours.figures.waitingRate ?? 0) / Math.max(floor1, floor16, floor64);
    return { figures: { ...floor.figures, ...ours.figures, waitingShare }, samples: ours.samples };
  });
}

async function oursFindings({ cluster, startDaemon }: FreshCluster, volumes: string[]): Promise<Findings> {
  const before = await countRequests(cluster.api);
  const daemon = await startDaemon({ waitUntilReady: false });
  const seenAt = await daemon.untilSeen(volumes, withinMs);
  const usage = daemon.usage();
  const requests = requestsSince(before, await countRequests(cluster.api));
  await daemon.kill();

  const totals = totalsOf(requests);
  return {
    figures: {
      waitingRate: ratePerSecond(seenAt),
      waitingFirst: range(seenAt).least - daemon.startedAt,
      waitingWrites: totals.writes / claims,
      waitingReads: totals.reads / claims,
      waitingEvents: totals.events / claims,
      waitingCpu: usage.cpuMs / claims,
      waitingRss: usage.rssMiB,
      waitingPeakRss: usage.peakRssMiB,
    },
    samples: {
      'waiting: start to volume, ms': seenAt.map((at) => at - daemon.startedAt),
      'waiting: requests': requests,
    },
  };
}
