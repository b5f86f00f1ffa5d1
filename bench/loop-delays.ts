import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../test/support/until.ts';

/** A stretch of time, in milliseconds since 1970. */
export interface Phase {
  from: number;
  to: number;
}

/** The environment of a process that is to write down the delays of its event loop (loop-delay-recorder.ts). */
export function recordingLoopDelays(path: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'loop-delay-recorder.ts')}`, LOOP_DELAY_FILE: path };
}

/**
 * The longest delay in each window that has to do with the phase, in milliseconds.
 * @throws {Error} when the process does not tell of it within some seconds
 */
export function loopDelaysIn(phase: Phase, path: string): Promise<number[]> {
  return until('the delays of the event loop are written', () => delaysWithin(phase, readFileSync(path, 'utf8')));
}

/** Windows end one after another; undefined before there is one that ends after the phase, for it may be of the phase yet. */
export function delaysWithin({ from, to }: Phase, recorded: string): number[] | undefined {
  const windows = recorded
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ').map(Number));
  const last = windows.findIndex(([endedAt = 0]) => endedAt > to);
  if (last === -1) return undefined;
  return windows.slice(0, last + 1).flatMap(([endedAt = 0, delayMs = 0]) => (endedAt >= from ? [delayMs] : []));
}
