import { uniqueName } from '../../test/support/build.ts';
import type { Cluster } from '../../test/support/cluster.ts';
import { until } from '../../test/support/until.ts';
import { type CreatedClaim, createClaim, latenciesOf, timeOfClaim } from '../claims.ts';
import { assign, createUnassigned, failuresOf, takeDirectory, unassignedLabel } from '../failing-claims.ts';
import type { Figures, Findings } from '../figures.ts';
import { type FreshCluster, onFreshCluster, type Repetition } from '../fresh-cluster.ts';
import { inLoops } from '../in-loops.ts';
import type { MeasuredDaemon } from '../measured-daemon.ts';
import { deleteClaims } from '../release.ts';
import { median, noiseOfMedian, percentile } from '../statistics.ts';

export const fairnessFigures: Figures = {
  fairnessOne: {
    text: 'one claim that always fails slows the others, median of pairs',
    unit: '%',
    target: { atMost: 1, judged: 'median' },
  },
  fairnessNoise: { text: 'noise of that, standard error', unit: '%' },
  ...figuresBesideMany('fairness', '3,000'),
};

export const fairness10000Figures: Figures = figuresBesideMany('fairness10000', '10,000');

/** @param good how many claims there are that can be served */
function figuresBesideMany(key: string, good: string): Figures {
  const text = (others: string) => `${good} claims beside 1,000 ${others}, p99`;
  return {
    [`${key}Without`]: { text: text('of nobody'), unit: 'ms' },
    [`${key}With`]: { text: text('that always fail'), unit: 'ms' },
    [`${key}Many`]: {
      text: `${text('that always fail')} over that without`,
      unit: 'x',
      target: { atMost: 1.2, judged: 'median' },
    },
  };
}

const pairs = 20;
const claimsInEach = 50;
const failing = 1_000;
const clients = 32;
const withinMs = 240_000;

/** What claims that always fail cost the others. */
export async function fairness(repetition: Repetition): Promise<Findings> {
  const slowings = await onFreshCluster(repetition, slowingsByOne);
  const { figures, samples } = await findingsBesideMany('fairness', 'fairness', 3_000, repetition);
  return {
    figures: { fairnessOne: median(slowings), fairnessNoise: noiseOfMedian(slowings), ...figures },
    samples: { 'fairness: slowing by one in each pair, %': slowings, ...samples },
  };
}

/** The same beside many, with more of the good ones. */
export function fairness10000(repetition: Repetition): Promise<Findings> {
  return findingsBesideMany('fairness10000', 'fairness-10000', 10_000, repetition);
}

async function findingsBesideMany(key: string, name: string, good: number, repetition: Repetition): Promise<Findings> {
  const { without, beside } = await besideMany(good, repetition);
  const [withoutP99, besideP99] = [percentile(without, 0.99), percentile(beside, 0.99)];
  return {
    figures: { [`${key}Without`]: withoutP99, [`${key}With`]: besideP99, [`${key}Many`]: besideP99 / withoutP99 },
    samples: {
      [`${name}: beside 1,000 of nobody, claim answered to volume, ms`]: without,
      [`${name}: beside 1,000 that fail, claim answered to volume, ms`]: beside,
    },
  };
}

/**
 * How much longer claims take, one at a time, while one fails that is tried again and again, in per cent: of pairs of
 * measurements beside each other, that without coming first and second in turn.
 */
async function slowingsByOne({ cluster, startDaemon }: FreshCluster): Promise<number[]> {
  const daemon = await startDaemon({ waitUntilReady: true });
  const without = () => meanLatency(cluster, daemon);
  const beside = () => whileOneFails(cluster, daemon, without);
  const slowings: number[] = [];
  await without(); // the first claims of a process take longer
  for (let pair = 0; pair < pairs; pair += 1) {
    const first = pair % 2 === 0 ? await without() : undefined;
    const besideMs = await beside();
    const withoutMs = first ?? (await without());
    slowings.push((besideMs / withoutMs - 1) * 100);
  }
  await daemon.kill();
  return slowings;
}

/** A new one each time, for one that has failed for long is tried again every 30 s only. */
async function whileOneFails<Result>(
  cluster: Cluster,
  daemon: MeasuredDaemon,
  deed: () => Promise<Result>,
): Promise<Result> {
  const failuresBefore = await failuresOf(daemon);
  const [claim] = await createUnassigned(cluster, [uniqueName('failing')]);
  if (claim === undefined) throw new Error('no claim was created');
  await takeDirectory(cluster, claim);
  await assign(cluster, claim.name, cluster.provisioner);
  await until('the claim fails', async () => (await failuresOf(daemon)) > failuresBefore);
  const result = await deed();
  await deleteClaims(cluster, unassignedLabel);
  return result;
}

async function meanLatency(cluster: Cluster, daemon: MeasuredDaemon): Promise<number> {
  let sumMs = 0;
  for (let index = 0; index < claimsInEach; index += 1) {
    sumMs += await timeOfClaim(cluster, daemon, uniqueName('claim'), withinMs);
  }
  return sumMs / claimsInEach;
}

/**
 * Times from claim to volume, in turn first without and first with the failing ones. On a cluster for each: no binder takes
 * the claims of the first off the hands of the second daemon, which would begin with a look at them all.
 */
async function besideMany(good: number, repetition: Repetition) {
  const latencies = (failing: 'ours' | 'of nobody') =>
    onFreshCluster(repetition, (fresh) =>
      latenciesBeside(failing === 'ours' ? fresh.cluster.provisioner : 'example.com/nobody', good, fresh),
    );
  const first = repetition.number % 2 === 0 ? await latencies('of nobody') : undefined;
  const beside = await latencies('ours');
  const without = first ?? (await latencies('of nobody'));
  return { without, beside };
}

/**
 * Clients create claims, and among these assign claims whose directories are taken to a provisioner. If that is not the
 * daemon's, it has no part in them, and API server and bench have the same work.
 */
async function latenciesBeside(
  assignee: string,
  good: number,
  { cluster, startDaemon }: FreshCluster,
): Promise<number[]> {
  const names = Array.from({ length: failing }, () => uniqueName('unassigned'));
  const unassigned = await createUnassigned(cluster, names);
  for (const claim of unassigned) await takeDirectory(cluster, claim);
  const daemon = await startDaemon({ waitUntilReady: true });

  const created: CreatedClaim[] = [];
  const goodForEach = good / failing;
  await inLoops(clients, good + failing, async (index) => {
    const next = index % (goodForEach + 1) === 0 ? unassigned.pop() : undefined;
    if (next !== undefined) await assign(cluster, next.name, assignee);
    else created.push(await createClaim(cluster, uniqueName('claim')));
  });
  const volumes = created.map(({ volume }) => volume);
  const seenAt = await daemon.untilSeen(volumes, withinMs);

  const failures = await failuresOf(daemon);
  const expected = assignee === cluster.provisioner ? failing : 0;
  if (failures < expected || (expected === 0 && failures > 0)) throw new Error(`${failures} failures, not ${expected}`);
  return latenciesOf(created, seenAt);
}
