import { setTimeout as sleep } from 'node:timers/promises';
import { type FreshCluster, onFreshCluster, type Repetition } from '../cluster/fresh-cluster.ts';
import { untilUnchanged } from '../cluster/until-unchanged.ts';
import { usageOf } from '../provisioners/process-usage.ts';
import type { Figure, Figures, Findings } from '../report/figures.ts';
import { type ClaimKind, ClaimLives } from '../thrift/claim-lives.ts';
import { Fleet } from '../thrift/fleet.ts';
import { activityIn, sumOf, type Traffic, trafficSince } from '../thrift/traffic.ts';

/** How many daemons there are, one after the other. */
export const fleetSizes = [1, 10, 100];

const perClaim: Record<string, Figure> = {
  WatchEvents: { text: 'watch events', unit: '/claim' },
  Reads: { text: 'reads', unit: '/claim' },
  Writes: { text: 'writes besides Events', unit: '/claim' },
  Events: { text: 'Events', unit: '/claim' },
  Received: { text: 'bytes received', unit: 'KiB/claim' },
  ApiServerCpu: { text: 'CPU of the API server above idle, whoever asks', unit: 'ms/claim' },
};

const claimKinds: Record<ClaimKind, string> = {
  waitForFirstConsumer: 'a claim with WaitForFirstConsumer',
  immediate: 'an Immediate claim',
  others: 'a claim of another provisioner',
};

/** Of all daemons together, by the fleet's size; a figure's key ends with the size. */
export const fleetFigures: Figures = {
  startLists: { text: 'all daemons start: lists', unit: 'requests' },
  startWatches: { text: 'all daemons start: watches', unit: 'requests' },
  startOthers: { text: 'all daemons start: other requests', unit: 'requests' },
  startConnections: { text: 'all daemons start: connections', unit: '' },
  startReceived: { text: 'all daemons start: bytes received', unit: 'KiB' },
  startApiServerCpu: { text: 'all daemons start: CPU of the API server', unit: 'ms' },
  idleRequests: {
    text: 'idle minute: requests besides watches',
    unit: '/min',
    target: { exactly: 0, judged: 'each' },
  },
  idleWatches: { text: 'idle minute: watches begun anew', unit: '/min' },
  idleReceived: { text: 'idle minute: bytes received', unit: 'KiB/min' },
  idleApiServerCpu: { text: 'idle minute: CPU of the API server, all else included', unit: 'ms/min' },
  ...Object.fromEntries(
    Object.entries(claimKinds).flatMap(([kind, whose]) =>
      Object.entries(perClaim).map(([key, { text, unit }]) => [
        `${kind}${key}`,
        { text: `${whose}, made, bound and deleted: ${text}`, unit },
      ]),
    ),
  ),
};

export const thriftFigures: Figures = {
  ...Object.fromEntries(
    fleetSizes.flatMap((size) =>
      Object.entries(fleetFigures).map(([key, figure]) => [
        `${key}${size}`,
        { ...figure, text: `${size} daemons: ${figure.text}` },
      ]),
    ),
  ),
};

const settledClaims = 500;
const livingClaims = 20;
const idleMs = 60_000;

/**
 * What daemons cost the API server, in a cluster with 500 claims of another provisioner: when they start, when nothing
 * happens, and when claims come and go. Each is a process of its own, and all go through a proxy that counts.
 */
export function thrift(repetition: Repetition): Promise<Findings> {
  // It counts, and times nothing: etcd need not wait for the disk.
  return onFreshCluster(repetition, measureThrift, { binder: true, fsync: false, watchProgress: true });
}

async function measureThrift(fresh: FreshCluster): Promise<Findings> {
  const lives = await ClaimLives.prepare(fresh.cluster);
  await lives.bind('others', settledClaims, []);
  const fleet = await Fleet.start(fresh);
  try {
    return await measureFleet(fresh, fleet, lives);
  } finally {
    fleet.proxy.stop();
  }
}

async function measureFleet(fresh: FreshCluster, fleet: Fleet, lives: ClaimLives): Promise<Findings> {
  const figures: Findings['figures'] = {};
  const samples: Findings['samples'] = {};
  const startCosts: Cost[] = [];
  for (const size of fleetSizes) {
    const note = (phase: string, cost: Cost) => {
      samples[`thrift: ${size} daemons, ${phase}`] = samplesOf(cost);
      console.log(`thrift, ${size} daemons: ${phase}: ${Math.round(cost.elapsedMs / 1_000)} s`);
    };
    const start = await costOf(fresh, fleet, async () => {
      await fleet.growTo(size);
      await untilSettled(fleet); // a daemon looks for leftovers after it is ready
    });
    note('start of those that came', start);
    startCosts.push(start);
    const idle = await costOf(fresh, fleet, () => sleep(idleMs));
    note('idle minute', idle);
    const found = { ...startFigures(startCosts), ...idleFigures(idle) };
    for (const kind of Object.keys(claimKinds) as ClaimKind[]) {
      const cost = await costOf(fresh, fleet, async () => {
        await lives.live(kind, livingClaims, fleet.nodeNames);
        await untilSettled(fleet);
      });
      note(kind, cost);
      Object.assign(found, claimFigures(kind, cost, idle));
    }
    for (const [key, value] of Object.entries(found)) figures[`${key}${size}`] = value;
  }
  return { figures, samples };
}

interface Cost {
  traffic: Traffic;
  apiServerCpuMs: number;
  elapsedMs: number;
}

async function costOf({ apiServerPid }: FreshCluster, { proxy }: Fleet, deed: () => Promise<unknown>): Promise<Cost> {
  const before = proxy.traffic();
  const { cpuMs } = usageOf(apiServerPid);
  const startedAt = performance.now();
  await deed();
  return {
    traffic: trafficSince(before, proxy.traffic()),
    apiServerCpuMs: usageOf(apiServerPid).cpuMs - cpuMs,
    elapsedMs: performance.now() - startedAt,
  };
}

const untilSettled = ({ proxy }: Fleet) => untilUnchanged(() => activityIn(proxy.traffic()));

/** The fleet grew in steps; what its start took is the sum. */
function startFigures(steps: readonly Cost[]): Record<string, number> {
  const sum = (value: (cost: Cost) => number) => steps.reduce((total, cost) => total + value(cost), 0);
  const requests = (verb: RegExp) => sum(({ traffic }) => sumOf(traffic.requests, (name) => verb.test(name)));
  return {
    startLists: requests(/^LIST /),
    startWatches: requests(/^WATCH /),
    startOthers: requests(/^(?!LIST |WATCH )/),
    startConnections: sum(({ traffic }) => traffic.connections),
    startReceived: sum(({ traffic }) => traffic.receivedBytes) / 1_024,
    startApiServerCpu: sum(({ apiServerCpuMs }) => apiServerCpuMs),
  };
}

function idleFigures({ traffic, apiServerCpuMs }: Cost): Record<string, number> {
  return {
    idleRequests: sumOf(traffic.requests, (name) => !name.startsWith('WATCH ')),
    idleWatches: sumOf(traffic.requests, (name) => name.startsWith('WATCH ')),
    idleReceived: traffic.receivedBytes / 1_024,
    idleApiServerCpu: apiServerCpuMs,
  };
}

/** @param idle what is to be taken off, for as long as the lives of the claims took */
function claimFigures(kind: ClaimKind, { traffic, apiServerCpuMs, elapsedMs }: Cost, idle: Cost) {
  const idleCpuMs = (idle.apiServerCpuMs / idle.elapsedMs) * elapsedMs;
  const requests = (verb: RegExp) => sumOf(traffic.requests, (name) => verb.test(name)) / livingClaims;
  return {
    [`${kind}WatchEvents`]: sumOf(traffic.watchEvents) / livingClaims,
    [`${kind}Reads`]: requests(/^(GET|LIST) /),
    [`${kind}Writes`]: requests(/^(POST|PATCH|DELETE) (?!events )/),
    [`${kind}Events`]: requests(/^(POST|PATCH) events /),
    [`${kind}Received`]: traffic.receivedBytes / 1_024 / livingClaims,
    [`${kind}ApiServerCpu`]: (apiServerCpuMs - idleCpuMs) / livingClaims,
  };
}

function samplesOf({ traffic, apiServerCpuMs, elapsedMs }: Cost): Record<string, number> {
  const { requests, watchEvents, ...counts } = traffic;
  const events = Object.entries(watchEvents).map(([resource, count]) => [`watch event ${resource}`, count]);
  return { ...counts, ...requests, ...Object.fromEntries(events), apiServerCpuMs, elapsedMs };
}
