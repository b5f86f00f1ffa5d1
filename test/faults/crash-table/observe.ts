import { isDeepStrictEqual } from 'node:util';
import { faultText, parseFault } from '../fault.ts';
import { readEndState } from '../oracles/end-state.ts';
import type { Lane } from '../runs/lane.ts';
import { judge, judgeQuiet, type References, settle } from '../runs/run.ts';
import { violationLines } from '../runs/tally.ts';
import { traceOf } from '../runs/trace.ts';
import { type OwnClaim, type User, volumeOf } from '../world/user.ts';
import { World } from '../world/world.ts';
import { clusterText, settledState } from './cluster-state.ts';
import { diskText, readDisk } from './disk.ts';
import { type Effect, Effects } from './effects.ts';
import type { Flow } from './flows.ts';
import { liveOnce } from './live-once.ts';
import type { Subject } from './places.ts';
import type { Observation } from './rows.ts';

/** Whoever has done nothing for so long is taken to be done, in milliseconds: what is missed would change the table. */
const surelyQuietMs = 2_000;

/** The same, of a daemon that has taken its last step. */
const quietMs = 100;

/** A flow without kills. */
interface Lesson {
  life: number;
  steps: Effect[];
  references: References;
}

/**
 * Kills the daemon before each step of a flow, and after the last one.
 * @throws {Error} if a promise is broken, or if the daemon does not take the same steps each time
 */
export async function observeFlow(lane: Lane, flow: Flow): Promise<Observation[]> {
  const lesson = await learn(lane, flow);
  const observations: Observation[] = [];
  for (const index of lesson.steps.keys()) observations.push(await observeKill(lane, flow, lesson, index, 'before'));
  observations.push(await observeKill(lane, flow, lesson, lesson.steps.length - 1, 'after'));
  return observations;
}

async function learn(lane: Lane, flow: Flow): Promise<Lesson> {
  return inWorld(lane, flow, [], async (stage) => {
    const { world, user } = stage;
    const life = world.lives.count + 1;
    world.lives.up();
    await flow.untilDone(user);
    await judgeQuiet(world, surelyQuietMs);
    const { users } = await readEndState(world);
    return { life, steps: stepsOf(stage, life), references: users };
  });
}

async function observeKill(
  lane: Lane,
  flow: Flow,
  { life, steps, references }: Lesson,
  index: number,
  harm: 'before' | 'after',
): Promise<Observation> {
  const { text, point } = steps[index] as Effect;
  return inWorld(lane, flow, [faultText({ ...point, harm })], async (stage) => {
    const { world, user } = stage;
    await liveOnce(world, `"${text}"`);
    proveSameWay(textsOf(steps.slice(0, index + 1)), textsOf(stepsOf(stage, life)));
    const cluster = clusterText(await settledState(user, ownClaim(user)));
    const disk = diskText(readDisk(subjectOf(user)));
    world.endFaults();
    world.lives.up();
    await flow.untilDone(user);
    await settle(world, references);
    await judgeQuiet(world, quietMs);
    if (stepsOf(stage, life + 1).at(-1)?.text !== steps.at(-1)?.text) await judgeQuiet(world, surelyQuietMs);
    const restart = textsOf(stepsOf(stage, life + 1));
    return { step: harm === 'before' ? text : undefined, disk, cluster, restart };
  });
}

/** A flow on its way. */
interface Stage {
  world: World;
  user: User;
  effects: Effects;
}

/** Plays in a world of its own, arranged for the flow, and proves that every promise was kept. */
async function inWorld<T>(lane: Lane, flow: Flow, kills: string[], play: (stage: Stage) => Promise<T>): Promise<T> {
  const world = await World.make(lane, [...(flow.faults ?? []), ...kills].map(parseFault));
  const stage: Stage = { world, user: world.addUser(flow.name), effects: new Effects(world) };
  try {
    await flow.arrange(stage.user);
    const result = await play(stage);
    judge(world);
    const found = world.violations.all;
    if (found.length > 0) throw new Error(violationLines(found));
    return result;
  } catch (error) {
    const where = [flow.title, ...kills].join(', ');
    throw new Error(`${where}: ${error}\n${traceOf(world).join('\n')}`, { cause: error });
  } finally {
    await world.remove();
  }
}

/** Effects with the same words that follow each other are one step: its first one stands for all. */
function stepsOf({ user, effects }: Stage, life: number): Effect[] {
  const all = withoutStart(effects.ofLife(life, subjectOf(user)));
  return all.filter(({ text }, index) => text !== all[index - 1]?.text);
}

/** Every start fsyncs a label that it finds, first of all: the page says so once, and not in each row. */
function withoutStart(effects: Effect[]): Effect[] {
  const first = effects.findIndex(({ text }) => text === 'fsync our own directory');
  const isOfNewLabel = effects.slice(0, first).some(({ text }) => text.endsWith('to the label'));
  return first < 0 || isOfNewLabel ? effects : effects.toSpliced(first, 2);
}

const textsOf = (effects: readonly Effect[]): string[] => effects.map(({ text }) => text);

function proveSameWay(expected: string[], taken: string[]): void {
  if (isDeepStrictEqual(expected, taken)) return;
  throw new Error(`without a kill it did: ${expected.join(', ')}; up to the kill: ${taken.join(', ')}`);
}

function ownClaim({ claims }: User): OwnClaim {
  const own = claims.find(({ label }) => label === 'a');
  if (own === undefined) throw new Error('a flow is about claim a');
  return own;
}

const subjectOf = (user: User): Subject => ({ base: user.world.cluster.base, volume: volumeOf(ownClaim(user)) });
