import type { UsageTiming } from './usage.ts';

/** A volume rests this many times as long as its count took. */
const restFactor = 1_000;

/** For each volume of the pool, each one rests this long, in milliseconds: so 1,000 small volumes are counted every ten minutes. */
const restForEachMs = 600;

type Bounds = Pick<UsageTiming, 'firstCountAfterMs' | 'countEveryMs'>;

/** How long a volume is not counted after it was first seen, in milliseconds. @param volumes how many the pool has */
export function firstRestMs({ firstCountAfterMs, countEveryMs }: Bounds, volumes: number): number {
  return Math.min(countEveryMs.shortest, Math.max(firstCountAfterMs, restForEachMs * volumes));
}

/**
 * How long a volume is not counted again, in milliseconds. A new volume is counted each time that it is twice as old, and later each
 * minute, so that who fills one sees it. What takes long, and a pool with many volumes, rests for an hour at the most.
 * @param count how long its last count took, undefined if that failed; how long ago the volume was first seen, both in milliseconds;
 * and how many volumes the pool has
 */
export function restMs(
  { firstCountAfterMs, countEveryMs: { shortest, longest } }: Bounds,
  { tookMs, ageMs, volumes }: { tookMs: number | undefined; ageMs: number; volumes: number },
): number {
  if (tookMs === undefined) return longest;
  const soon = Math.min(shortest, Math.max(firstCountAfterMs, ageMs));
  return Math.min(longest, Math.max(soon, restFactor * tookMs, restForEachMs * volumes));
}
