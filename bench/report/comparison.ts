import type { Figures, Findings, Target } from './figures.ts';

const theirKey = (contender: string, key: string): string => `${contender}: ${key}`;
const ratioKey = (contender: string, key: string): string => `${key} / ${contender}`;

/**
 * The figures that a contender adds to a scenario: what is measured of it, and ours as a multiple of that.
 * @param figures of ours that are measured of the contender too
 * @param targets of ours as a multiple, by the keys of `figures`
 */
export function comparisonFigures(contender: string, figures: Figures, targets: Record<string, Target> = {}): Figures {
  const added: Figures = {};
  for (const [key, { text, unit }] of Object.entries(figures)) {
    const target = targets[key];
    added[theirKey(contender, key)] = { text: `${text}, ${contender}`, unit };
    added[ratioKey(contender, key)] = { text: `${text}, ours`, unit: `x ${contender}`, ...(target && { target }) };
  }
  return added;
}

/**
 * What was found of a contender, and ours as a multiple of it, under the keys of `comparisonFigures`.
 * @throws {Error} when ours has not been measured in the same way
 */
export function compared(contender: string, ours: Findings, theirs: Findings): Findings {
  const figures: Findings['figures'] = {};
  for (const [key, value] of Object.entries(theirs.figures)) {
    const own = ours.figures[key];
    if (own === undefined) throw new Error(`${key} is measured of ${contender} and not of ours`);
    figures[theirKey(contender, key)] = value;
    figures[ratioKey(contender, key)] = own / value;
  }
  const samples = Object.entries(theirs.samples).map(([name, values]) => [theirKey(contender, name), values]);
  return { figures, samples: Object.fromEntries(samples) };
}
