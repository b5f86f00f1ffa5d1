import { createClaims } from '../cluster/claims.ts';
import { countsSince } from '../cluster/counts.ts';
import type { FreshCluster } from '../cluster/fresh-cluster.ts';
import { countRequests, totalsOf } from '../cluster/request-counts.ts';
import { floorFigures, measureFloor } from '../floor/floor.ts';
import type { Contender } from '../provisioners/contender.ts';
import { usageOf } from '../provisioners/process-usage.ts';
import { comparisonFigures } from '../report/comparison.ts';
import type { Figures, Findings } from '../report/figures.ts';
import { range, ratePerSecond } from '../report/statistics.ts';
import { measureBeside } from './beside.ts';
import type { Scenario } from './scenario.ts';

const claims = 3_000;

/** Measured of every contender. */
const rateFigures = { waitingRate: { text: 'waiting claims, first volume to last', unit: '/s' } } satisfies Figures;

const figures: Figures = {
  ...floorFigures('floor', 'floor, mkdir + POST'),
  floorCpu: { text: 'floor, CPU of the client, 64 at once', unit: 'ms/volume' },
  ...rateFigures,
  waitingShare: {
    text: 'waiting claims, share of the best floor',
    unit: 'x floor',
    target: { atLeast: 0.85, judged: 'median' },
  },
  ...comparisonFigures('reference', rateFigures),
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
export const waiting: Scenario = {
  figures,
  run: (repetition) =>
    measureBeside(repetition, (fresh) => measureOurs(fresh, repetition.number % 2 === 0), measureContender),
};

/** Takes the floor on the same API server, before or after it. */
export async function measureOurs(fresh: FreshCluster, floorFirst: boolean): Promise<Findings> {
  const { cluster } = fresh;
  const volumes = await createWaiting(fresh);
  const takeFloor = async () => measureFloor('provision', 'floor', await cluster.daemonKubeconfig(), cluster.folder);
  const floorBefore = floorFirst ? await takeFloor() : undefined;
  const { figures, samples } = await daemonFindings(fresh, volumes);
  const floor = floorBefore ?? (await takeFloor());
  const waitingShare = (figures.waitingRate ?? 0) / floor.best;
  return { figures: { ...floor.figures, floorCpu: floor.cpuMs, ...figures, waitingShare }, samples };
}

async function measureContender(fresh: FreshCluster, contender: Contender): Promise<Findings> {
  const volumes = await createWaiting(fresh);
  const provisioner = await fresh.startContender(contender);
  const seenAt = await provisioner.untilSeen(volumes);
  return {
    figures: { waitingRate: ratePerSecond(seenAt) },
    samples: { 'waiting: start to volume, ms': seenAt.map((at) => at - provisioner.startedAt) },
  };
}

/** @returns the names of the volumes that the claims are to get */
async function createWaiting({ cluster }: FreshCluster): Promise<string[]> {
  const created = await createClaims(cluster, claims, 32);
  return created.map(({ volume }) => volume);
}

async function daemonFindings(
  { cluster, apiServerPid, startDaemon }: FreshCluster,
  volumes: string[],
): Promise<Findings> {
  const before = await countRequests(cluster.api);
  const apiServerBefore = usageOf(apiServerPid);
  const daemon = await startDaemon();
  const seenAt = await daemon.untilSeen(volumes);
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
