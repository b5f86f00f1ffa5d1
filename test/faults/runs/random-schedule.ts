import { type Fault, faultText, isKill, type Point } from '../fault.ts';
import { harmsAt } from '../points.ts';
import { scenarios } from '../scenarios/scenarios.ts';
import { randomNumbers } from './random.ts';
import type { Schedule } from './run.ts';

/**
 * What can be passed in a life, with the highest count that is worth a try. It is written down and not learned, so that a
 * seed means the same schedule on every machine; a point that is not reached does no harm.
 */
const universe: Record<'fs' | 'erase' | 'api' | 'watch' | 'start', Record<string, number>> = {
  fs: { mkdir: 6, create: 4, write: 4, fsync: 16, link: 1, rename: 5, unlink: 4, fchmod: 3, rmdir: 2, open: 30 },
  erase: { open: 3, rename: 2, unlink: 6, rmdir: 4 },
  api: {
    'LIST nodes': 1,
    'LIST storageclasses': 1,
    'LIST persistentvolumes': 2,
    'LIST persistentvolumeclaims': 2,
    'WATCH nodes': 1,
    'WATCH storageclasses': 1,
    'WATCH persistentvolumes': 2,
    'WATCH persistentvolumeclaims': 2,
    'GET persistentvolumes': 4,
    'GET persistentvolumeclaims': 4,
    'POST persistentvolumes': 3,
    'DELETE persistentvolumes': 3,
    'PATCH persistentvolumes': 3,
    'POST events': 2,
  },
  watch: { nodes: 1, storageclasses: 2, persistentvolumes: 8, persistentvolumeclaims: 8 },
  // Milliseconds after the start.
  start: { kill: 600, travel: 6 },
};

const mostFaults = 4;

/** Scenarios beside each other, and faults of all kinds at random points of one life after another. */
export function randomSchedule(seed: number): Schedule {
  const random = randomNumbers(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;
  /** Small counts are reached more often. */
  const count = (highest: number) => 1 + Math.floor(random() ** 2 * highest);

  const point = (life: number): Point => {
    const kind = pick(['fs', 'fs', 'erase', 'api', 'api', 'watch', 'start'] as const);
    const [label, highest] = pick(Object.entries(universe[kind]));
    return { life, kind, label, nth: kind === 'start' ? 1 + below(highest) : count(highest) };
  };
  const faults: Fault[] = [];
  let life = 1;
  for (let left = 1 + below(mostFaults); left > 0; left -= 1) {
    const at = point(life);
    const fault = { ...at, harm: pick(harmsAt(at)) };
    faults.push(fault);
    if (isKill(fault)) life += 1;
  }
  return { scenarios: someScenarios(pick, below), faults: faults.map(faultText) };
}

function someScenarios(pick: <Item>(items: readonly Item[]) => Item, below: (limit: number) => number): string[] {
  const quick = scenarios.filter(({ slow }) => !slow);
  const first = pick(quick);
  if (first.alone) return [first.name];
  const names = new Set([first.name]);
  for (let more = below(3); more > 0; more -= 1) {
    const other = pick(quick);
    if (!other.alone) names.add(other.name);
  }
  return [...names];
}
