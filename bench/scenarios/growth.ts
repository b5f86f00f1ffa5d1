import type { Cluster } from '../../test/support/cluster.ts';
import { countsSince } from '../cluster/counts.ts';
import { follow } from '../cluster/follow.ts';
import { inLoops } from '../cluster/in-loops.ts';
import { countRequests, totalsOf, untilSettled } from '../cluster/request-counts.ts';
import { createBoundClaims } from '../limits/bound-claims.ts';
import { limitedClass, onLimitedCluster, unlimitedClass } from '../limits/limited-cluster.ts';
import type { Figures, Findings, Target } from '../report/figures.ts';
import { range } from '../report/statistics.ts';
import type { Scenario } from './scenario.ts';

const claims = 1_000;
const newSize = '2Mi';
const withinMs = 120_000;

/** The request for more, of the bench itself, counts as a write. */
const ofBench = 1;

const target: Target = { atLeast: 100, judged: 'median' };

/** The starts of the figures' keys, and what their texts say. */
const classes = {
  [unlimitedClass]: { key: 'growth', text: 'bound claims grow' },
  [limitedClass]: { key: 'growthLimited', text: 'bound claims with limits grow' },
};

const figures: Figures = Object.assign(
  {},
  ...Object.values(classes).map(({ key, text }) => ({
    [`${key}Rate`]: { text: `${claims} ${text}, first request to last claim with its new size`, unit: '/s', target },
    [`${key}Writes`]: { text: `${text}, writes of the daemon besides Events`, unit: '/claim' },
    [`${key}Reads`]: { text: `${text}, reads`, unit: '/claim' },
    [`${key}Cpu`]: { text: `${text}, CPU of the daemon`, unit: 'ms/claim' },
  })),
);

/** 32 clients ask for more for 1,000 claims while the daemon runs: once for claims without limits, once for claims with. */
export const growth: Scenario = {
  figures,
  run: (repetition) =>
    onLimitedCluster(repetition, async (limited) => {
      const { cluster } = limited;
      const daemon = await (await limited.startDaemon()).untilReady();
      const found: Findings = { figures: {}, samples: {} };
      const inTurn = Object.entries(classes);
      for (const [className, { key, text }] of repetition.number % 2 === 1 ? inTurn.reverse() : inTurn) {
        const created = await createBoundClaims(limited, daemon, claims, className);
        const before = await countRequests(cluster.api);
        const usageBefore = daemon.usage();
        const { startedAt, grownAt } = await growAll(
          cluster,
          created.map(({ name }) => name),
        );
        const usage = daemon.usage();
        const requests = countsSince(before, await untilSettled(cluster.api));
        const { reads, writes } = totalsOf(requests);
        found.figures[`${key}Rate`] = (claims / (range(grownAt).most - startedAt)) * 1_000;
        found.figures[`${key}Writes`] = writes / claims - ofBench;
        found.figures[`${key}Reads`] = reads / claims;
        found.figures[`${key}Cpu`] = (usage.cpuMs - usageBefore.cpuMs) / claims;
        found.samples[`${text}: first request to this claim, ms`] = grownAt.map((at) => at - startedAt);
        found.samples[`${text}: requests`] = requests;
      }
      return found;
    }),
};

/** Times are of `performance.now`; those of the claims in the order in which they were seen with their new size. */
async function growAll(cluster: Cluster, names: string[]): Promise<{ startedAt: number; grownAt: number[] }> {
  const { metadata } = await cluster.api.get(`${cluster.claimsPath}?limit=1`);
  const grownAt = untilGrown(cluster, names, metadata.resourceVersion);
  const startedAt = performance.now();
  const asked = inLoops(32, names.length, async (index) => {
    await cluster.api.patch(`${cluster.claimsPath}/${names[index]}`, {
      spec: { resources: { requests: { storage: newSize } } },
    });
  });
  await Promise.all([asked, grownAt]);
  return { startedAt, grownAt: await grownAt };
}

/** Watches until all the claims say that they have their new size. */
async function untilGrown({ api, claimsPath }: Cluster, names: string[], since: string): Promise<number[]> {
  const waiting = new Set(names);
  const grownAt: number[] = [];
  const signal = AbortSignal.timeout(withinMs);
  try {
    for await (const news of follow(api, claimsPath, { since, listed: 'whole', signal })) {
      for (const { metadata, status } of news.type === 'LISTED' ? news.objects : [news.object]) {
        if (status?.capacity?.storage === newSize && waiting.delete(metadata.name)) grownAt.push(performance.now());
      }
      if (waiting.size === 0) break;
    }
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw new Error(`${waiting.size} of ${names.length} claims had yet to grow after ${withinMs} ms`, { cause });
  }
  return grownAt;
}
