import type { Cluster } from '../../test/support/cluster.ts';
import { createClaims, timeOfClaim } from '../cluster/claims.ts';
import { limitedClass, onLimitedCluster, unlimitedClass } from '../limits/limited-cluster.ts';
import type { Provisioner } from '../provisioners/provisioner.ts';
import type { Figures, Findings, Target } from '../report/figures.ts';
import { median, range } from '../report/statistics.ts';
import type { Scenario } from './scenario.ts';

const singles = 200;
const burstClaims = 200;
const bursts = 4;

const target: Target = { atLeast: 0.8, judged: 'median' };

const figures: Figures = {
  limitsSingle: { text: 'one at a time with a limit, claim answered to volume, p50', unit: 'ms' },
  limitsSingleShare: { text: 'one at a time with a limit, rate', unit: 'x without', target },
  limitsBurst: { text: `burst of ${burstClaims} with limits, first claim sent to last volume`, unit: 'ms' },
  limitsBurstShare: { text: `burst of ${burstClaims} with limits, rate`, unit: 'x without', target },
};

/**
 * Claims with and without limits in turn, on the same disk and for the same daemon, so that what the machine does meanwhile falls
 * on each alike.
 */
export const limits: Scenario = {
  figures,
  run: (repetition) =>
    onLimitedCluster(repetition, async ({ cluster, startDaemon }) => {
      const daemon = await (await startDaemon()).untilReady();
      const single: Measure = (className, name) => timeOfClaim(cluster, daemon, name, className);
      const burst: Measure = (className, name) => timeOfBurst(cluster, daemon, `burst-${name}`, className);
      await inTurn(1, (className) => single(className, `first-${className}`)); // the first limit loads a library
      return findingsOf(await inTurn(singles, single), await inTurn(bursts, burst));
    }),
};

/** The time of claims of a class, in milliseconds. */
type Measure = (className: string, name: string) => Promise<number>;

interface Times {
  limited: number[];
  unlimited: number[];
}

async function inTurn(times: number, measure: Measure): Promise<Times> {
  const found: Times = { limited: [], unlimited: [] };
  const measures = [
    async (name: string) => found.limited.push(await measure(limitedClass, `${limitedClass}-${name}`)),
    async (name: string) => found.unlimited.push(await measure(unlimitedClass, `${unlimitedClass}-${name}`)),
  ];
  for (let index = 0; index < times; index += 1) {
    for (const next of measures.reverse()) await next(String(index));
  }
  return found;
}

async function timeOfBurst(
  cluster: Cluster,
  provisioner: Provisioner,
  name: string,
  className: string,
): Promise<number> {
  const created = await createClaims(cluster, burstClaims, 32, name, className);
  const seenAt = await provisioner.untilSeen(created.map(({ volume }) => volume));
  return range(seenAt).most - range(created.map(({ sentAt }) => sentAt)).least;
}

const findingsOf = (single: Times, burst: Times): Findings => ({
  figures: {
    limitsSingle: median(single.limited),
    limitsSingleShare: median(single.unlimited) / median(single.limited),
    limitsBurst: median(burst.limited),
    limitsBurstShare: median(burst.unlimited) / median(burst.limited),
  },
  samples: {
    'limits: one at a time with a limit, ms': single.limited,
    'limits: one at a time without, ms': single.unlimited,
    'limits: burst with limits, ms': burst.limited,
    'limits: burst without, ms': burst.unlimited,
  },
});
