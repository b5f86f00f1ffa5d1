import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../test/support/cluster.ts';
import { createClaims, timeOfClaim } from '../cluster/claims.ts';
import { countsSince } from '../cluster/counts.ts';
import type { FreshCluster } from '../cluster/fresh-cluster.ts';
import { countRequests, totalsOf, untilSettled } from '../cluster/request-counts.ts';
import type { Contender } from '../provisioners/contender.ts';
import type { Provisioner } from '../provisioners/provisioner.ts';
import { comparisonFigures } from '../report/comparison.ts';
import type { Figures, Findings } from '../report/figures.ts';
import { percentile, range } from '../report/statistics.ts';
import { measureBeside } from './beside.ts';
import type { Scenario } from './scenario.ts';

/** Measured of every contender. */
const timeFigures = {
  burstTotal: { text: 'burst, first claim sent to last volume', unit: 'ms' },
  burstP50: { text: 'burst, claim answered to volume, p50', unit: 'ms' },
  burstP99: { text: 'burst, claim answered to volume, p99', unit: 'ms' },
} satisfies Figures;

const figures: Figures = {
  ...timeFigures,
  burstTail: {
    text: 'burst, last claim answered to last volume',
    unit: 'ms',
    target: { atMost: 100, judged: 'median' },
  },
  ...comparisonFigures('reference', timeFigures, { burstTotal: { atMost: 1.1, judged: 'median' } }),
  ...comparisonFigures('peer', timeFigures),
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
};

const claims = 1_000;
const clients = 32;
const quietMs = 20_000;

/** 32 clients create 1,000 claims while the provisioner runs; then nothing happens for a while. */
export const burst: Scenario = {
  figures,
  run: (repetition) => measureBeside(repetition, measureOurs, measureContender),
};

async function measureOurs({ cluster, startDaemon }: FreshCluster): Promise<Findings> {
  const daemon = await (await startDaemon()).untilReady();
  const before = await countRequests(cluster.api);
  const usageBefore = daemon.usage();
  const { times, tail, samples } = await runBurst(cluster, daemon);
  const usage = daemon.usage();

  const settled = await untilSettled(cluster.api);
  const usageSettled = daemon.usage();
  await sleep(quietMs);
  const requestsInQuiet = countsSince(settled, await countRequests(cluster.api));
  const usageAfterQuiet = daemon.usage();

  const requests = countsSince(before, settled);
  const totals = totalsOf(requests);
  return {
    figures: {
      ...times,
      burstTail: tail,
      burstWrites: totals.writes / claims,
      burstReads: totals.reads / claims,
      burstEvents: totals.events / claims,
      burstCpu: (usage.cpuMs - usageBefore.cpuMs) / claims,
      burstRss: usage.rssMiB,
      quietRequests: totalsOf(requestsInQuiet).all,
      quietCpu: usageAfterQuiet.cpuMs - usageSettled.cpuMs,
    },
    samples: { ...samples, 'burst: requests': requests, 'quiet after the burst: requests': requestsInQuiet },
  };
}

async function measureContender({ cluster, startContender }: FreshCluster, contender: Contender): Promise<Findings> {
  const provisioner = await startContender(contender);
  await timeOfClaim(cluster, provisioner, 'first-claim'); // nothing else shows that it is ready
  const { times, samples } = await runBurst(cluster, provisioner);
  return { figures: times, samples };
}

async function runBurst(cluster: Cluster, provisioner: Provisioner) {
  const created = await createClaims(cluster, claims, clients);
  const volumes = created.map(({ volume }) => volume);
  const seenAt = await provisioner.untilSeen(volumes);
  const latencies = created.map(({ answeredAt }, index) => (seenAt[index] ?? Number.NaN) - answeredAt);
  const lastSeen = range(seenAt).most;
  return {
    times: {
      burstTotal: lastSeen - range(created.map(({ sentAt }) => sentAt)).least,
      burstP50: percentile(latencies, 0.5),
      burstP99: percentile(latencies, 0.99),
    },
    tail: lastSeen - range(created.map(({ answeredAt }) => answeredAt)).most,
    samples: { 'burst: claim answered to volume, ms': latencies },
  };
}
