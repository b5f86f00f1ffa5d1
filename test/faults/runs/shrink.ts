import type { Schedule } from './run.ts';

/**
 * The shortest schedule that still fails, found by leaving out one fault or scenario after another.
 * @param fails runs a schedule; what fails only now and then should be run more than once there
 */
export async function shrink(schedule: Schedule, fails: (smaller: Schedule) => Promise<boolean>): Promise<Schedule> {
  for (const smaller of smallerOnes(schedule)) {
    if (await fails(smaller)) return shrink(smaller, fails);
  }
  return schedule;
}

function smallerOnes({ scenarios, faults }: Schedule): Schedule[] {
  const fewerScenarios = scenarios.length > 1 ? without(scenarios) : [];
  return [
    ...fewerScenarios.map((fewer) => ({ scenarios: fewer, faults })),
    ...without(faults).map((fewer) => ({ scenarios, faults: fewer })),
  ];
}

const without = <Item>(items: readonly Item[]): Item[][] =>
  items.map((_, left) => items.filter((_, index) => index !== left));
