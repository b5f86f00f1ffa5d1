import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { changesNothing } from '../agent/report.ts';
import { faultText, type Point, parseFault } from '../fault.ts';
import { judgeHistory } from '../oracles/api-history.ts';
import { removalsInPlace } from '../oracles/durability.ts';
import { type EndState, leftovers, readEndState } from '../oracles/end-state.ts';
import { takenBack } from '../oracles/taken-back.ts';
import type { Violation } from '../oracles/violation.ts';
import { scenarioNamed } from '../scenarios/scenarios.ts';
import { Deadline } from '../world/deadline.ts';
import { differences } from '../world/tree.ts';
import { NotReached, volumeOf } from '../world/user.ts';
import { World } from '../world/world.ts';
import type { Lane } from './lane.ts';
import { traceOf } from './trace.ts';

/** What is run: scenarios beside each other, and what goes wrong meanwhile (fault.ts). Plain data, so that it can be kept. */
export interface Schedule {
  scenarios: string[];
  faults: string[];
  traced?: true;
}

export interface Verdict {
  schedule: Schedule;
  violations: Violation[];
  /** The faults that came about: a plan may name a point that is not reached. */
  hit: string[];
  /** Points that were passed. */
  points: Point[];
  /** What was there at the end, to compare other runs with. */
  endState: EndState | undefined;
  durationMs: number;
  /** What the daemon said, asked for and did, when something was violated or the schedule is to be traced. */
  trace: string[];
}

/** Without a change for so long, a run is taken to have come to its end, in milliseconds. */
const quietMs = 150;

/** Between looks at whether a run has come to its end, in milliseconds. */
const betweenLooksMs = 120;

/** In a run without faults: longer than any look that the daemon takes by itself (every 5 s). */
const quietWithoutFaultsMs = 6_000;

/** What is written for so long after the end was reached is not about to stop, in milliseconds. */
const longestUnrestMs = 30_000;

/** The end states of fault-free runs, by scenario: what every other run has to come to. */
export type References = Record<string, EndState['users'][string]>;

/** Runs a schedule to its end and judges it. Never throws for what the daemon does. */
export async function run(lane: Lane, schedule: Schedule, references: References): Promise<Verdict> {
  const startedAt = performance.now();
  const faults = schedule.faults.map(parseFault);
  const needs = schedule.scenarios.map((name) => scenarioNamed(name).needs);
  const world = await World.make(lane, faults, Object.assign({}, ...needs));
  try {
    await play(world, schedule);
    await endFaults(world);
    await settle(world, references);
    await judgeQuiet(world, faults.length === 0 ? quietWithoutFaultsMs : quietMs);
    const endState = await readEndState(world);
    judge(world);
    // It also leaves Node's compile cache behind then, which saves time at each later start.
    if (faults.length === 0) await world.lives.stop();
    const violations = world.violations.all;
    return {
      schedule,
      violations,
      hit: world.hit.map(faultText),
      points: pointsOf(world),
      endState,
      durationMs: Math.round(performance.now() - startedAt),
      trace: violations.length > 0 || schedule.traced ? traceOf(world) : [],
    };
  } finally {
    await world.remove();
  }
}

async function play(world: World, { scenarios }: Schedule): Promise<void> {
  const plays = scenarios.map((name) => ({ user: world.addUser(name), scenario: scenarioNamed(name) }));
  for (const { user, scenario } of plays) await scenario.prepare?.(user);
  world.lives.up();
  await Promise.all(
    plays.map(async ({ user, scenario }) => {
      try {
        await scenario.play(user);
      } catch (error) {
        if (!(error instanceof NotReached)) throw error;
        world.violations.add('L1', user.name, error.message);
      }
    }),
  );
}

/** The daemon is to get over faults by itself, but for those that it notices only after longer than a run is to take. */
async function endFaults(world: World): Promise<void> {
  const lasting = world.isHarmedForLong;
  world.endFaults();
  if (lasting) await world.lives.restart();
}

/** Waits until what is left is what the references have; what differs when the time is over is a violation. */
export async function settle(world: World, references: References): Promise<void> {
  const deadline = new Deadline(world);
  for (;;) {
    const endState = await readEndState(world);
    const wrong = wrongWith(endState, world, references);
    if (wrong.length === 0) return;
    if (deadline.isOver) {
      for (const { oracle, evidence } of wrong) world.violations.add(oracle, 'the end state', evidence);
      return;
    }
    await sleep(betweenLooksMs);
    await world.helpIfStuck();
  }
}

function wrongWith(endState: EndState, world: World, references: References): Omit<Violation, 'object'>[] {
  const left = leftovers(endState, world);
  if (left.length > 0) return [{ oracle: 'L2', evidence: left.join('; ') }];
  return Object.entries(endState.users).flatMap(([name, state]) => {
    const reference = references[name];
    if (reference === undefined || isDeepStrictEqual(state, reference)) return [];
    const changes = differences(linesOf(reference), linesOf(state));
    return [{ oracle: 'L4' as const, evidence: `${name} differs from its run without faults:\n${changes.join('\n')}` }];
  });
}

/** A line for each value, with the way to it. */
function linesOf(value: unknown, way = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${way}: ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, inner]) => linesOf(inner, `${way}/${key}`));
}

/** L3: when nothing changes, nothing is written. */
export async function judgeQuiet(world: World, forMs: number): Promise<void> {
  const until = performance.now() + longestUnrestMs + forMs;
  for (;;) {
    const before = writes(world);
    await sleep(forMs);
    const since = writes(world).slice(before.length);
    if (since.length === 0) return;
    if (performance.now() > until) {
      world.violations.add('L3', 'a quiet cluster', `still written: ${since.slice(0, 10).join('; ')}`);
      return;
    }
  }
}

/** Events may come late: they are sent beside the work, on a budget of their own. */
function writes({ lane, lives }: World): string[] {
  const requests = lane.proxy.history.filter(
    ({ request }) => request.kind === 'write' && request.resource !== 'events',
  );
  const calls = lives.report.lines().filter((line) => line.event === 'begin' && !changesNothing(line));
  return [
    ...requests.map(({ request }) => `${request.label} ${request.name}`),
    ...calls.map(({ label, path }) => `${label} ${path}`),
  ];
}

/** What can be judged once a run is over. */
export function judge(world: World): void {
  world.checkTreasures();
  world.checkDecoys();
  const removals = world.pools.all.flatMap(({ path }) => removalsInPlace(world.lives.report.lines(), path));
  if (removals.length > 0) world.violations.add('S4', 'volumes in their place', removals.join('; '));
  judgeHistory(world.lane.proxy.history, world.violations, { shownThePast: world.travel.hit.length > 0 });
  const holders = world.users.flatMap((user) =>
    user.claims.map((own) => ({ ...own, directory: user.directoryOf(own), volume: volumeOf(own) })),
  );
  for (const evidence of takenBack(world.lives.report.lines(), world.lane.proxy.history, holders)) {
    world.violations.add('S1', evidence, 'taken back');
  }
  for (const line of world.lives.log) {
    if (line.level >= 60 || line.reason === 'Defect') world.violations.add('alive', 'the log', JSON.stringify(line));
  }
}

/** Each point once, as they came. */
function pointsOf({ harm, lives }: World): Point[] {
  const calls = lives.report
    .lines()
    .filter(({ event }) => event === 'begin')
    .map(({ life, kind, label, nth }): Point => ({ life, kind, label, nth }));
  return [...calls, ...harm.points];
}
