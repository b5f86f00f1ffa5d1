import type { Cluster } from '../../test/support/cluster.ts';
import { timeOfClaim } from '../cluster/claims.ts';
import { countsSince } from '../cluster/counts.ts';
import type { FreshCluster, Provisioner, Repetition } from '../cluster/fresh-cluster.ts';
import { countRequests, totalsOf } from '../cluster/request-counts.ts';
import type { Contender } from '../provisioners/contender.ts';
import { comparisonFigures } from '../report/comparison.ts';
import type { Figures, Findings } from '../report/figures.ts';
import { percentile } from '../report/statistics.ts';
import { contendersOf, measureBeside } from './beside.ts';

/** Measured of every contender. */
const latencyFigures = {
  singleP50: { text: 'one at a time, claim answered to volume, p50', unit: 'ms' },
  singleP99: { text: 'one at a time, claim answered to volume, p99', unit: 'ms' },
} satisfies Figures;

export const singleFigures: Figures = {
  ...latencyFigures,
  ...comparisonFigures('reference', latencyFigures, {
    singleP50: { atMost: 0.7, judged: 'median' },
    singleP99: { atMost: 0.8, judged: 'median' },
  }),
  ...comparisonFigures('peer', latencyFigures),
  singleWrites: {
    text: 'one at a time, writes besides Events',
    unit: '/claim',
    target: { exactly: 1, judged: 'each' },
  },
  singleReads: { text: 'one at a time, reads', unit: '/claim' },
  singleCpu: { text: 'one at a time, CPU of the daemon', unit: 'ms/claim' },
  idleRss: { text: 'started and idle, resident memory', unit: 'MiB' },
};

const claims = 300;
const withinMs = 10_000;

/** One claim at a time: the next is created when the volume of the last has been seen. */
export const single = (repetition: Repetition): Promise<Findings> =>
  measureBeside(repetition, measureOurs, contendersOf(repetition), measureContender);

async function measureOurs({ cluster, startDaemon }: FreshCluster): Promise<Findings> {
  const daemon = await startDaemon({ waitUntilReady: true });
  const before = await countRequests(cluster.api);
  const usageBefore = daemon.usage();
  const { figures, samples } = await oneAtATime(cluster, daemon);
  const usage = daemon.usage();
  const requests = countsSince(before, await countRequests(cluster.api));
  const totals = totalsOf(requests);
  return {
    figures: {
      ...figures,
      idleRss: usageBefore.rssMiB,
      singleWrites: totals.writes / claims,
      singleReads: totals.reads / claims,
      singleCpu: (usage.cpuMs - usageBefore.cpuMs) / claims,
    },
    samples: { ...samples, 'single: requests': requests },
  };
}

async function measureContender({ cluster, startContender }: FreshCluster, contender: Contender): Promise<Findings> {
  return oneAtATime(cluster, await startContender(contender, { waitUntilReady: true }));
}

async function oneAtATime(cluster: Cluster, provisioner: Provisioner): Promise<Findings> {
  const latencies: number[] = [];
  for (let index = 0; index < claims; index += 1) {
    latencies.push(await timeOfClaim(cluster, provisioner, `claim-${index}`, withinMs));
  }
  return {
    figures: { singleP50: percentile(latencies, 0.5), singleP99: percentile(latencies, 0.99) },
    samples: { 'single: claim answered to volume, ms': latencies },
  };
}
