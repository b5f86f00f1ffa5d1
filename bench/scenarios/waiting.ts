import { createClaims } from '../cluster/claims.ts';
import { countsSince } from '../cluster/counts.ts';
import type { FreshCluster, Repetition } from '../cluster/fresh-cluster.ts';
import { countRequests, totalsOf } from '../cluster/request-counts.ts';
import { measureFloor } from '../floor/floor.ts';
import { type Contender, referenceAsShipped } from '../provisioners/contender.ts';
import { usageOf } from '../provisioners/process-usage.ts';
import { comparisonFigures } from '../report/comparison.ts';
import type { Figures, Findings } from '../report/figures.ts';
import { range, ratePerSecond } from '../report/statistics.ts';
import { contendersOf, measureBeside } from './beside.ts';

const claims = 3_000;
const withinMs = 120_000;

/** A peer may be slow. */
const contenderWithinMs = 15 * 60_000;

/** Of the reference with its limits 3,000 claims would take a quarter of an hour. Its limits let the first ones through. */
const shippedClaims = 80;
const shippedUncounted = 20;

/** Measured of every contender. */
const rateFigures = { waitingRate: { text: 'waiting claims, first volume to last', unit: '/s' } } satisfies Figures;

export const waitingFigures: Figures = {
  floor1: { text: 'floor, mkdir + POST, 1 at once', unit: '/s' },
  floor16: { text: 'floor, mkdir + POST, 16 at once', unit: '/s' },
  floor64: { text: 'floor, mkdir + POST, 64 at once', unit: '/s' },
  floorCpu: { text: 'floor, CPU of the client, 64 at once', unit: 'ms/volume' },
  ...rateFigures,
  waitingShare: {
    text: 'waiting claims, share of the best floor',
    unit: 'x floor',
    target: { atLeast: 0.9, judged: 'median' },
  },
  ...comparisonFigures('reference', rateFigures, { waitingRate: { atLeast: 1.1, judged: 'median' } }),
  ...comparisonFigures(
    referenceAsShipped.name,
    rateFigures,
    { waitingRate: { atLeast: 200, judged: 'median' } },
    `the last ${shippedClaims - shippedUncounted} of ${shippedClaims}`,
  ),
  ...comparisonFigures('peer', rateFigures),
  waitingFirst: { text: 'waiting claims, process start to first volume', unit: 'ms' },
  waitingWrites: {
    text: 'waiting claims, writes besides Events',
    unit: '/claim',
    target: { exactly: 1, judged: 'each' },
  },
  waitingReads: { text: 'waiting claims, reads', unit: '/claim' },
  waitingEvents: { text: 'waiting claims, Events so far', unit: '/claim' },
  waitingCpu: { text: 'waiting claims, CPU of the daemon, start included', unit: 'ms/claim' },
  waitingCpuBeside: { text: "waiting claims, CPU of the daemon beside the API server's", unit: 'x' },
  waitingRss: { text: 'waiting claims, resident memory afterwards', unit: 'MiB' },
  waitingPeakRss: {
    text: 'waiting claims, highest resident memory',
    unit: 'MiB',
    target: { atMost: 130, judged: 'each' },
  },
};

/** 3,000 claims wait when the provisioner starts. */
export const waiting = (repetition: Repetition): Promise<Findings> =>
  measureBeside(
    repetition,
    (fresh) => measureOurs(fresh, repetition.number % 2 === 0),
    [referenceAsShipped, ...contendersOf(repetition)],
    (fresh, contender) =>
      contender === referenceAsShipped ? measureShipped(fresh) : measureContender(fresh, contender),
  );

/** Takes the floor on the same API server, before or after it. */
export async function measureOurs(fresh: FreshCluster, floorFirst: boolean): Promise<Findings> {
  const volumes = await createWaiting(fresh, claims);
  const floorBefore = floorFirst ? await floorFindings(fresh) : undefined;
  const ours = await daemonFindings(fresh, volumes);
  const floor = floorBefore ?? (await floorFindings(fresh));

  const { floor1 = 0, floor16 = 0, floor64 = 0 } = floor.figures;
  const waitingShare = (ours.figures.waitingRate ?? 0) / Math.max(floor1, floor16, floor64);
  return { figures: { ...floor.figures, ...ours.figures, waitingShare }, samples: ours.samples };
}

async function measureContender(fresh: FreshCluster, contender: Contender): Promise<Findings> {
  const { startedAt, seenAt } = await startOnWaiting(fresh, contender, claims);
  return rateFindings(startedAt, seenAt, ratePerSecond(seenAt));
}

async function measureShipped(fresh: FreshCluster): Promise<Findings> {
  const { startedAt, seenAt } = await startOnWaiting(fresh, referenceAsShipped, shippedClaims);
  const counted = seenAt.toSorted((a, b) => a - b).slice(shippedUncounted);
  return rateFindings(startedAt, seenAt, ratePerSecond(counted));
}

const rateFindings = (startedAt: number, seenAt: number[], waitingRate: number): Findings => ({
  figures: { waitingRate },
  samples: { 'waiting: start to volume, ms': seenAt.map((at) => at - startedAt) },
});

async function startOnWaiting(fresh: FreshCluster, contender: Contender, count: number) {
  const volumes = await createWaiting(fresh, count);
  const process = await fresh.startContender(contender, { waitUntilReady: false });
  return { startedAt: process.startedAt, seenAt: await process.untilSeen(volumes, contenderWithinMs) };
}

/** @returns the names of the volumes that the claims are to get */
async function createWaiting({ cluster }: FreshCluster, count: number): Promise<string[]> {
  const created = await createClaims(cluster, count, 32);
  return created.map(({ volume }) => volume);
}

async function daemonFindings(
  { cluster, apiServerPid, startDaemon }: FreshCluster,
  volumes: string[],
): Promise<Findings> {
  const before = await countRequests(cluster.api);
  const apiServerBefore = usageOf(apiServerPid);
  const daemon = await startDaemon({ waitUntilReady: false });
  const seenAt = await daemon.untilSeen(volumes, withinMs);
  const usage = daemon.usage();
  const apiServerCpuMs = usageOf(apiServerPid).cpuMs - apiServerBefore.cpuMs;
  const requests = countsSince(before, await countRequests(cluster.api));
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
      waitingCpuBeside: usage.cpuMs / apiServerCpuMs,
      waitingRss: usage.rssMiB,
      waitingPeakRss: usage.peakRssMiB,
    },
    samples: {
      'waiting: start to volume, ms': seenAt.map((at) => at - daemon.startedAt),
      'waiting: requests': requests,
    },
  };
}

async function floorFindings(fresh: FreshCluster): Promise<Findings> {
  const { one, sixteen, sixtyFour } = await measureFloor(fresh);
  return {
    figures: {
      floor1: one.ratePerSecond,
      floor16: sixteen.ratePerSecond,
      floor64: sixtyFour.ratePerSecond,
      floorCpu: sixtyFour.cpuMs,
    },
    samples: {},
  };
}
