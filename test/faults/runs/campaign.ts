import { type Fault, faultText, type Point } from '../fault.ts';
import { beyond, harmsAtPoints, killsAt } from '../points.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { playable } from '../scenarios/scenarios.ts';
import type { Lanes } from './lanes.ts';
import { randomSchedule } from './random-schedule.ts';
import type { References, Schedule, Verdict } from './run.ts';
import type { Share } from './shares.ts';
import { shrink } from './shrink.ts';
import type { Tally } from './tally.ts';

/** How often a smaller schedule is tried before it is taken to be without the violation. */
const triesToShrink = 3;

/** The scenarios that most others go through as well. */
const oneClaim = 'one-claim';
const oneDeletion = 'one-deletion';

export interface CampaignOptions {
  lanes: Lanes;
  tally: Tally;
  share: Share;
  scenarioNames: string[];
  /** Seeds of the random schedules, from this one up. */
  firstSeed: number;
}

/** Learns what each scenario passes, enumerates what can go wrong there, then goes wrong at random. */
export class Campaign {
  readonly #options: CampaignOptions;
  readonly #references: References = {};
  readonly #points = new Map<string, Point[]>();

  constructor(options: CampaignOptions) {
    this.#options = options;
  }

  /** All at once, as far as there are lanes: what waits for nothing but a lane never lets one idle. */
  async run(): Promise<void> {
    const { share, scenarioNames } = this.#options;
    const names = share.random > 0 ? playable().map(({ name }) => name) : scenarioNames;
    // First, because what they pass is left out of the others.
    await Promise.all([oneClaim, oneDeletion].filter((name) => names.includes(name)).map((name) => this.#learn(name)));
    const learned = new Map(names.map((name) => [name, this.#points.has(name) ? undefined : this.#learn(name)]));
    await Promise.all([
      ...scenarioNames.map(async (name) => {
        await learned.get(name);
        await Promise.all([this.#enumerate(name), share.travels(name) && this.#travel(name)]);
      }),
      ...share.killsByKernel.scenarios
        .filter((name) => scenarioNames.includes(name))
        .map(async (name) => {
          await learned.get(name);
          await this.#killByKernel(name, share.killsByKernel.at);
        }),
      Promise.all(learned.values()).then(() => this.#atRandom()),
    ]);
  }

  /** One run without faults: its end is what all others have to come to. */
  async #learn(name: string): Promise<void> {
    const { endState, points } = await this.#run('without faults', { scenarios: [name], faults: [] });
    const state = endState?.users[name];
    if (state !== undefined) this.#references[name] = state;
    this.#points.set(name, points);
  }

  async #enumerate(name: string): Promise<void> {
    const { share } = this.#options;
    const points = this.#own(name, this.#points.get(name) ?? []);
    const every = share.harms(name);
    const harms = every === 0 ? [] : harmsAtPoints(points).filter((_, index) => index % every === 0);
    const kills = killsAt(points).filter((_, index) => index % share.kills(name) === 0);
    const faults = [...kills, ...harms];
    const verdicts = await this.#runAll(
      'single faults',
      faults.map((fault) => this.#schedule(name, fault)),
    );
    const everyPair = share.pairs[name] ?? 0;
    if (everyPair > 0) await this.#killInRecovery(name, verdicts, everyPair);
  }

  /** What the scenario has beyond what others try, unless everything is to be tried: there, the life of one claim is left out alone. */
  #own(name: string, points: Point[]): Point[] {
    const triedByOthers = this.#options.share.scenarios === 'all' ? [oneClaim] : [oneClaim, oneDeletion];
    const before = triedByOthers.slice(0, triedByOthers.includes(name) ? triedByOthers.indexOf(name) : undefined);
    return beyond(
      points,
      before.flatMap((other) => this.#points.get(other) ?? []),
    );
  }

  async #killInRecovery(name: string, verdicts: Verdict[], every: number): Promise<void> {
    const pairs = verdicts
      .filter(({ hit: [hit] }) => hit?.endsWith(':before'))
      .flatMap(({ points, schedule: { faults } }) => {
        const seconds = killsAt(points.filter(({ life }) => life === 2)).map(faultText);
        return seconds.map((second) => ({ scenarios: [name], faults: [...faults, second] }));
      });
    await this.#runAll(
      'pairs of kills',
      pairs.filter((_, index) => index % every === 0),
    );
  }

  /** Each system call from its first to its last, which nobody knows beforehand. */
  async #killByKernel(name: string, systemCalls: string[]): Promise<void> {
    await Promise.all(
      systemCalls.map(async (label) => {
        for (let nth = 1; ; nth += 1) {
          const fault: Fault = { life: 1, kind: 'sys', label, nth, harm: 'before' };
          const { hit } = await this.#run('kills by the kernel', this.#schedule(name, fault));
          if (hit.length === 0) return;
        }
      }),
    );
  }

  /** The daemon dies at a write to the API server, and starts again in each past. */
  async #travel(name: string): Promise<void> {
    const writes = killsAt(this.#points.get(name) ?? []).filter(({ label }) =>
      /^(POST|PATCH|DELETE) persi/.test(label),
    );
    const pasts = [1, 2, 3, 4].map((nth): Fault => ({ life: 2, kind: 'start', label: 'travel', nth, harm: 'travel' }));
    const schedules = writes.flatMap((kill) => pasts.map((past) => this.#schedule(name, kill, past)));
    await this.#runAll('restarts in the past', schedules);
  }

  async #atRandom(): Promise<void> {
    const { share, firstSeed } = this.#options;
    const seeds = Array.from({ length: share.random }, (_, index) => firstSeed + index);
    const names = new Set(playable().map(({ name }) => name));
    const schedules = seeds
      .map((seed) => ({ seed, schedule: randomSchedule(seed) }))
      .filter(({ schedule }) => schedule.scenarios.every((name) => names.has(name)));
    const verdicts = await this.#runAll(
      'random schedules',
      schedules.map(({ schedule }) => schedule),
    );
    for (const [index, verdict] of verdicts.entries()) {
      if (verdict.violations.length > 0) await this.#shrink(schedules[index]?.seed ?? 0, verdict.schedule);
    }
  }

  async #shrink(seed: number, schedule: Schedule): Promise<void> {
    const { lanes, tally } = this.#options;
    const fails = async (smaller: Schedule) => {
      for (let tries = 0; tries < triesToShrink; tries += 1) {
        if ((await lanes.run(smaller, this.#references)).violations.length > 0) return true;
      }
      return false;
    };
    tally.shrunk(seed, await shrink(schedule, fails));
  }

  #schedule(name: string, ...faults: Fault[]): Schedule {
    return { scenarios: [name], faults: faults.map(faultText) };
  }

  #runAll(group: string, schedules: Schedule[]): Promise<Verdict[]> {
    return Promise.all(schedules.map((schedule) => this.#run(group, schedule)));
  }

  async #run(group: string, schedule: Schedule): Promise<Verdict> {
    const verdict = await this.#options.lanes.run(schedule, this.#references);
    this.#options.tally.add(group, verdict);
    return verdict;
  }
}

/** @param wanted names of scenarios; none for all that the share has */
export function scenarioNamesOf({ scenarios: which }: Share, wanted: readonly string[]): string[] {
  if (which === 'none') return [];
  const isWanted = ({ name, slow }: Scenario) => (wanted.length > 0 ? wanted.includes(name) : which === 'all' || !slow);
  return playable()
    .filter(isWanted)
    .map(({ name }) => name);
}
