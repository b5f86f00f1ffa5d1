import { median } from './statistics.ts';

/** A number that a scenario finds once in each repetition. */
export interface Figure {
  text: string;
  unit: string;
  target?: Target;
}

/** Figures of a scenario by their keys, in the order of the report. */
export type Figures = Record<string, Figure>;

/** What the project promises, of the median of all repetitions or of each one. */
export type Target = { judged: 'median' | 'each' } & ({ atLeast: number } | { atMost: number } | { exactly: number });

/** What one scenario found in one repetition. */
export interface Findings {
  figures: Record<string, number>;
  /** Raw times and counts behind the figures. */
  samples: Record<string, readonly number[] | Record<string, number>>;
}

export function isMet(target: Target, values: readonly number[]): boolean {
  const judged = target.judged === 'median' ? [median(values)] : values;
  return judged.every((value) => {
    if ('atLeast' in target) return value >= target.atLeast;
    if ('atMost' in target) return value <= target.atMost;
    return value === target.exactly;
  });
}

export function targetText(target: Target): string {
  if ('atLeast' in target) return `at least ${target.atLeast}`;
  if ('atMost' in target) return `at most ${target.atMost}`;
  return `exactly ${target.exactly}`;
}
