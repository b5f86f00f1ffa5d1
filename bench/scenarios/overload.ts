import { setTimeout as sleep } from 'node:timers/promises';
import { uniqueName } from '../../test/support/build.ts';
import { type CreatedClaim, createClaim } from '../claims.ts';
import type { Figures, Findings } from '../figures.ts';
import { type FreshCluster, onFreshCluster, type Repetition } from '../fresh-cluster.ts';
import type { MeasuredDaemon } from '../measured-daemon.ts';
import { type Disturbance, OverloadProxy, retryAfterSeconds, type SeenRequest } from '../overload-proxy.ts';
import { countsOf, requestsForClaims, tooEarly } from '../overload-requests.ts';
import { range } from '../statistics.ts';

const recovery = { unit: 'x undisturbed', target: { atLeast: 0.9, judged: 'median' } } as const;

export const overloadFigures = {
  overloadRate: { text: 'overload, undisturbed rate of a steady stream of claims', unit: '/s' },
  overloadEarly: {
    text: 'overload, requests before the time that a 429 asked for',
    unit: '',
    target: { exactly: 0, judged: 'each' },
  },
  overloadAfter429: { text: 'rate from 5 s after 429 with Retry-After on', ...recovery },
  overloadAfterStalls: { text: 'rate from 5 s after stalls of 5 s on', ...recovery },
  overloadAfterHalf: { text: 'rate from 5 s after half of all calls failed on', ...recovery },
  overloadLast: { text: 'overload, last volume of a claim from before its end, after its end', unit: 'ms' },
  overloadRequests: {
    text: 'overload, requests in total',
    unit: 'x needed',
    target: { atMost: 1.2, judged: 'median' },
  },
} satisfies Figures;

const claimsPerSecond = 50;
const stretchMs = 15_000;
const disturbedMs = 5_000;
/** What is to be as before after the end of a disturbance, begins so much later and lasts as long. */
const recoverMs = 5_000;
const withinMs = 120_000;

/**
 * Four times, claims come steadily for a while: undisturbed, and with each disturbance in its first seconds. All go through
 * the same proxy.
 */
export function overload(repetition: Repetition): Promise<Findings> {
  return onFreshCluster(repetition, async (fresh) => {
    const proxy = await OverloadProxy.start(fresh.adminKubeconfigPath);
    try {
      return await findingsThrough(proxy, fresh);
    } finally {
      proxy.end();
    }
  });
}

async function findingsThrough(proxy: OverloadProxy, { cluster, startDaemon }: FreshCluster): Promise<Findings> {
  const daemon = await startDaemon({ waitUntilReady: true, kubeconfig: proxy.place });
  await proxy.takeRequests();
  const create = () => createClaim(cluster, uniqueName('claim'));
  const stretch = (by: Disturbance | 'nothing') => runStretch(by, { proxy, daemon, create });
  const undisturbed = await stretch('nothing');
  const disturbed = {
    tooManyRequests: await stretch('tooManyRequests'),
    stalls: await stretch('stalls'),
    halfFail: await stretch('halfFail'),
  };

  const disturbedStretches = Object.values(disturbed);
  const rate = rateAfterwards(undisturbed);
  const neededPerClaim = requestsForClaims(undisturbed.requests).length / undisturbed.volumes.length;
  const all = [undisturbed, ...disturbedStretches];
  const claims = all.flatMap(({ volumes }) => volumes).length;
  const requests = all.flatMap((each) => each.requests);
  return {
    figures: {
      overloadRate: rate,
      overloadEarly: tooEarly(requests, retryAfterSeconds * 1_000).length,
      overloadAfter429: rateAfterwards(disturbed.tooManyRequests) / rate,
      overloadAfterStalls: rateAfterwards(disturbed.stalls) / rate,
      overloadAfterHalf: rateAfterwards(disturbed.halfFail) / rate,
      overloadLast: range(disturbedStretches.map(lastOfDisturbance)).most,
      overloadRequests: requestsForClaims(requests).length / (neededPerClaim * claims),
    },
    samples: {
      ...samplesOf('undisturbed', undisturbed),
      ...samplesOf('429', disturbed.tooManyRequests),
      ...samplesOf('stalls', disturbed.stalls),
      ...samplesOf('half fail', disturbed.halfFail),
    },
  };
}

interface Volume {
  sentAt: number;
  seenAt: number;
}

interface Stretch {
  /** On the clock of `performance.now`. */
  startedAt: number;
  volumes: Volume[];
  requests: SeenRequest[];
}

interface StretchTools {
  proxy: OverloadProxy;
  daemon: MeasuredDaemon;
  create: () => Promise<CreatedClaim>;
}

/** Ends when all claims have their volumes, so that the next one begins with nothing to do. */
async function runStretch(by: Disturbance | 'nothing', { proxy, daemon, create }: StretchTools): Promise<Stretch> {
  await proxy.disturb(by);
  const startedAt = performance.now();
  const disturbance = sleep(disturbedMs).then(() => proxy.disturb('nothing'));
  const creations: Promise<CreatedClaim>[] = [];
  for (let dueMs = 0; dueMs < stretchMs; dueMs += 1_000 / claimsPerSecond) {
    await sleep(Math.max(0, startedAt + dueMs - performance.now()));
    creations.push(create());
  }
  const created = await Promise.all(creations);
  await disturbance;
  const seenAt = await daemon.untilSeen(
    created.map(({ volume }) => volume),
    withinMs,
  );
  const volumes = created.map(({ sentAt }, index) => ({ sentAt, seenAt: seenAt[index] ?? Number.NaN }));
  return { startedAt, volumes, requests: await proxy.takeRequests() };
}

/** Volumes a second when there was time to recover. */
function rateAfterwards(stretch: Stretch): number {
  const from = disturbedMs + recoverMs;
  const seen = timesOf(stretch).filter((at) => at >= from && at < from + recoverMs);
  return seen.length / (recoverMs / 1_000);
}

function samplesOf(name: string, stretch: Stretch): Findings['samples'] {
  return {
    [`overload: ${name}, requests`]: countsOf(stretch.requests),
    [`overload: ${name}, start to claim sent, ms`]: stretch.volumes.map(({ sentAt }) => sentAt - stretch.startedAt),
    [`overload: ${name}, start to volume, ms`]: timesOf(stretch),
  };
}

const timesOf = ({ startedAt, volumes }: Stretch): number[] => volumes.map(({ seenAt }) => seenAt - startedAt);

function lastOfDisturbance({ startedAt, volumes }: Stretch): number {
  const endedAt = startedAt + disturbedMs;
  const fromBefore = volumes.filter(({ sentAt }) => sentAt < endedAt);
  return range(fromBefore.map(({ seenAt }) => seenAt)).most - endedAt;
}
