import type { Cluster } from '../../test/support/cluster.ts';
import { timeOfClaim } from '../cluster/claims.ts';
import { countsSince } from '../cluster/counts.ts';
import type { FreshCluster } from '../cluster/fresh-cluster.ts';
import { countRequests, totalsOf } from '../cluster/request-counts.ts';
import type { Contender } from '../provisioners/contender.ts';
import type { Provisioner } from '../provisioners/provisioner.ts';
import { comparisonFigures } from '../report/comparison.ts';
import type { Figures, Findings } from '../report/figures.ts';
import { percentile } from '../report/statistics.ts';
import { measureBeside } from './beside.ts';
import type { Scenario } from './scenario.ts';

/** Measured of every contender. */
const latencyFigures = {
  singleP50: { text: 'one at a time, claim answered to volume, p50', unit: 'ms' },
  singleP99: { text: 'one at a time, claim answered to volume, p99', unit: 'ms' },
} satisfies Figures;

const figures: Figures = {
  ...latencyFigures,
  ...comparisonFigures('reference', latencyFigures, {
    singleP50: { atMost: 1.3, judged: 'median' },
    singleP99: { atMost: 1.3, judged: 'median' },
  }),
  ...comparisonFigures('peer', latencyFigures),
  singleWrites: {
    text: 'one at a time, writes besides Events',
    unit: '/claim',
    target: { exactly: 1, judged: 'each' },
  },
  singleReads: { text: 'one at a time, reads', unit: '/claim' },
  singleCpu: { text: 'one at a time, CPU of the daemon', unit: 'ms/claim' },
  idleRss: { text: 'started and idle, resident memory', unit: 'MiB', target: { atMost: 70, judged: 'each' } },
};

const claims = 300;

/** One claim at a time: the next is created when the volume of the last has been seen. */
export const single: Scenario = {
  figures,
  run: (repetition) => measureBeside(repetition, measureOurs, measureContender),
};

async function measureOurs({ cluster, startDaemon }: FreshCluster): Promise<Findings> {
  const daemon = await (await startDaemon()).untilReady();
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
  const provisioner = await startContender(contender);
  await timeOfClaim(cluster, provisioner, 'first-claim'); // nothing else shows that it is ready
  return oneAtATime(cluster, provisioner);
}

async function oneAtATime(cluster: Cluster, provisioner: Provisioner): Promise<Findings> {
  const latencies: number[] = [];
  for (let index = 0; index < claims; index += 1) {
    latencies.push(await timeOfClaim(cluster, provisioner, `claim-${index}`));
  }
  return {
    figures: { singleP50: percentile(latencies, 0.5), singleP99: percentile(latencies, 0.99) },
    samples: { 'single: claim answered to volume, ms': latencies },
  };
}
