import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessUsage } from './process-usage.ts';
import { range } from './statistics.ts';

const sampleEveryMs = 1_000;

/** A process is at rest when its resident memory has stayed within so much for so many samples. */
const restMiB = 1;
const restSamples = 30;

/** Within three minutes. */
const mostSamples = 180;

/**
 * Waits until a process's resident memory no longer changes.
 * @returns the samples, in MiB, one each second; the last ones are those at rest
 */
export async function untilAtRest(usage: () => ProcessUsage): Promise<number[]> {
  const samples: number[] = [];
  while (samples.length < mostSamples) {
    samples.push(usage().rssMiB);
    const latest = samples.slice(-restSamples);
    const { least, most } = range(latest);
    if (latest.length === restSamples && most - least <= restMiB) return samples;
    await sleep(sampleEveryMs);
  }
  throw new Error(`the resident memory does not come to rest: ${samples.map(Math.round).join(' ')} MiB`);
}
