import { setTimeout as sleep } from 'node:timers/promises';
import { createClaims } from '../claims.ts';
import type { Figures, Findings } from '../figures.ts';
import { onFreshCluster, type Repetition } from '../fresh-cluster.ts';
import { countRequests, requestsSince, totalsOf, untilSettled } from '../request-counts.ts';
import { percentile, range } from '../statistics.ts';

export const burstFigures = {
  burstTotal: { text: 'burst, first claim sent to last volume', unit: 'ms' },
  burstTail: { text: 'burst, last claim answered to last volume', unit: 'ms' },
  burstP50: { text: 'burst, claim answered to volume, p50', unit: 'ms' },
  burstP99: { text: 'burst, claim answered to volume, p99', unit: 'ms' },
  burstWrites: { text: 'burst, writes besides Events', unit: '/claim', target: { exactly: 1, judged: 'each' } },
  burstReads: { text: 'burst, reads', unit: '/claim' },
  burstEvents: { text: 'burst, Events once all are sent', unit: '/claim' },
  burstCpu: { text: 'burst, CPU of the daemon', unit: 'ms/claim' },
  burstRss: { text: 'burst, resident memory afterwards', unit: 'MiB' },
  quietRequests: {
    text: 'quiet after the burst, requests besides watches',
    unit: 'in 20 s',
    target: { exactly: 0, judged: 'each' },
  },
  quietCpu: { text: 'quiet after the burst, CPU of the daemon', unit: 'ms in 20 s' },
} satisfies Figures;

const claims = 1_000;
const clients = 32;
const withinMs = 60_000;
const quietMs = 20_000;

/** 32 clients create 1,000 claims while the daemon runs; then nothing happens for a while. */
export function burst(repetition: Repetition): Promise<Findings> {
  return onFreshCluster(repetition, async ({ cluster, startDaemon }) => {
    const daemon = await startDaemon({ waitUntilReady: true });
    const before = await countRequests(cluster.api);
    const usageBefore = daemon.usage();

    const created = await createClaims(cluster, claims, clients);
    const volumes = created.map(({ volume }) => volume);
    const seenAt = await daemon.untilSeen(volumes, withinMs);
    const usage = daemon.usage();

    const settled = await untilSettled(cluster.api);
    const usageSettled = daemon.usage();
    await sleep(quietMs);
    const requestsInQuiet = requestsSince(settled, await countRequests(cluster.api));
    const usageAfterQuiet = daemon.usage();

    const requests = requestsSince(before, settled);
    const totals = totalsOf(requests);
    const latencies = created.map(({ answeredAt }, index) => (seenAt[index] ?? Number.NaN) - answeredAt);
    const lastSeen = range(seenAt).most;
    return {
      figures: {
        burstTotal: lastSeen - range(created.map(({ sentAt }) => sentAt)).least,
        burstTail: lastSeen - range(created.map(({ answeredAt }) => answeredAt)).most,
        burstP50: percentile(latencies, 0.5),
        burstP99: percentile(latencies, 0.99),
        burstWrites: totals.writes / claims,
        burstReads: totals.reads / claims,
        burstEvents: totals.events / claims,
        burstCpu: (usage.cpuMs - usageBefore.cpuMs) / claims,
        burstRss: usage.rssMiB,
        quietRequests: totalsOf(requestsInQuiet).all,
        quietCpu: usageAfterQuiet.cpuMs - usageSettled.cpuMs,
      },
      samples: {
        'burst: claim answered to volume, ms': latencies,
        'burst: requests': requests,
        'quiet after the burst: requests': requestsInQuiet,
      },
    };
  });
}
