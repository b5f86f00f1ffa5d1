import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../test/support/until.ts';

/** A stretch of time, in milliseconds since 1970. */
export interface Phase {
  from: number;
  to: number;
}

/** A short window of an event loop's time. */
export interface LoopWindow {
  /** The longest that the loop was held up. */
  delayMs: number;
  /** For how long, in all, the thread could have run and the machine had no processor for it. */
  waitedMs: number;
}

/** The environment of a process that is to write down the delays of its event loop (loop-delay-recorder.ts). */
export function recordingLoopDelays(path: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'loop-delay-recorder.ts')}`, LOOP_DELAY_FILE: path };
}

/**
 * The windows that have to do with the phase.
 * @throws {Error} when the process does not tell of it within some seconds
 */
export function loopWindowsIn(phase: Phase, path: string): Promise<LoopWindow[]> {
  return until('the delays of the event loop are written', () => windowsWithin(phase, readFileSync(path, 'utf8')));
}

/** Windows end one after another; undefined before there is one that ends after the phase, for it may be of the phase yet. */
export function windowsWithin({ from, to }: Phase, recorded: string): LoopWindow[] | undefined {
  const lines = recorded.split('\n').slice(0, -1);
  const windows = lines.map((line) => {
    const [endedAt = 0, delayMs = 0, waitedMs = 0] = line.split(' ').map(Number);
    return { endedAt, delayMs, waitedMs };
  });
  const last = windows.findIndex(({ endedAt }) => endedAt > to);
  if (last === -1) return undefined;
  return windows
    .slice(0, last + 1)
    .filter(({ endedAt }) => endedAt >= from)
    .map(({ delayMs, waitedMs }) => ({ delayMs, waitedMs }));
}

/** What the loop was held up at least by what ran in it, and not for want of a processor. */
export const blockedMs = ({ delayMs, waitedMs }: LoopWindow): number => Math.max(0, delayMs - waitedMs);
