import type { Target } from './figures.ts';
import { median } from './statistics.ts';

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
