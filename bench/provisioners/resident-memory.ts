import { setTimeout as sleep } from 'node:timers/promises';
import { range } from '../report/statistics.ts';
import type { ProcessUsage } from './process-usage.ts';

/** Long enough for whatever is done every few seconds, and for the collection of its garbage, to come round. */
const restSeconds = 30;
const withinSeconds = 300;

/**
 * Waits until the highest resident memory of a process no longer changes: that of 30 s is that of the 30 s before.
 * @returns the samples, in MiB, one each second, and the highest of those at rest
 */
export async function untilAtRest(usage: () => ProcessUsage): Promise<{ samples: number[]; restMiB: number }> {
  const samples: number[] = [];
  while (samples.length < withinSeconds) {
    samples.push(usage().rssMiB);
    const restMiB = highestAtRest(samples);
    if (restMiB !== undefined) return { samples, restMiB };
    await sleep(1_000);
  }
  throw new Error(`the resident memory does not come to rest: ${samples.map(Math.round).join(' ')} MiB`);
}

/** @returns undefined as long as the samples are too few, or still rise or fall */
export function highestAtRest(samples: readonly number[]): number | undefined {
  if (samples.length < 2 * restSeconds) return undefined;
  const latest = range(samples.slice(-restSeconds)).most;
  const before = range(samples.slice(-2 * restSeconds, -restSeconds)).most;
  return Math.abs(latest - before) <= 1 ? latest : undefined;
}
