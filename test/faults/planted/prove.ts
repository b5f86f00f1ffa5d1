import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lanes } from '../runs/lanes.ts';
import type { References, Schedule } from '../runs/run.ts';
import { type Tally, violationLines } from '../runs/tally.ts';
import { playable } from '../scenarios/scenarios.ts';
import { type PlantedBug, plantedBugs } from './bugs.ts';
import { bundlePlanted } from './planted-bundle.ts';

/** How many of the planted bugs must be caught. */
const leastShare = 0.95;

export interface Proof {
  bug: string;
  schedule: Schedule;
  /** What caught it; nothing when it was not. */
  oracles: string[];
}

/**
 * Proves the harness: plants one bug after another in the daemon, and runs the schedule that is to show it, which passes
 * without the bug.
 */
export class PlantedBugs {
  readonly #lanes: Lanes;
  readonly #references: References = {};
  readonly #folder: string;
  readonly #bugs: readonly PlantedBug[];

  /**
   * @param folder takes the bundles
   * @param scenarioNames of the scenarios whose bugs are planted; none for all that can be played here
   */
  constructor(lanes: Lanes, folder: string, scenarioNames: readonly string[]) {
    this.#lanes = lanes;
    this.#folder = join(folder, 'planted');
    const names = new Set(playable().map(({ name }) => name));
    this.#bugs = plantedBugs.filter(({ shownBy }) => {
      const shown = scheduleOf(shownBy).scenarios;
      return shown.every((name) => names.has(name) && (scenarioNames.length === 0 || scenarioNames.includes(name)));
    });
  }

  /** Adds each bug to the tally: one that is not caught as a failure, as long as too few are. */
  async run(tally: Tally): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await this.#learn();
    const proofs = await Promise.all(this.#bugs.map((bug, index) => this.#prove(bug, index)));
    tally.addPlanted(proofs, Math.ceil(leastShare * proofs.length));
  }

  /** What each scenario comes to with the daemon as it is. */
  async #learn(): Promise<void> {
    const names = new Set(this.#bugs.flatMap(({ shownBy }) => scheduleOf(shownBy).scenarios));
    await Promise.all(
      [...names].map(async (name) => {
        const { endState } = await this.#lanes.run({ scenarios: [name], faults: [] }, {});
        const state = endState?.users[name];
        if (state !== undefined) this.#references[name] = state;
      }),
    );
  }

  async #prove(bug: PlantedBug, index: number): Promise<Proof> {
    const schedule = scheduleOf(bug.shownBy);
    const without = await this.#lanes.run(schedule, this.#references);
    if (without.violations.length > 0) {
      console.log(
        `"${bug.shownBy}" shows nothing: it is violated without the bug\n${violationLines(without.violations)}`,
      );
      return { bug: bug.name, schedule, oracles: [] };
    }
    const bundle = join(this.#folder, `${index}.mjs`);
    await bundlePlanted(bug, bundle);
    const { violations } = await this.#lanes.run(schedule, this.#references, bundle);
    return { bug: bug.name, schedule, oracles: violations.map(({ oracle }) => oracle) };
  }
}

/** `SCENARIO + SCENARIO: FAULT, FAULT` */
function scheduleOf(text: string): Schedule {
  const [scenarios = '', ...faults] = text.split(/: (.*)/);
  const listed = faults.join('').split(', ');
  return { scenarios: scenarios.split(' + '), faults: listed.filter((fault) => fault !== '') };
}
