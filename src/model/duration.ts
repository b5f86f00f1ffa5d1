const unitsMs: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** Ten years: a longer duration is a mistake. */
const longestMs = 10 * 365 * 24 * 3_600_000;

/**
 * Reads a duration as Go and Kubernetes write it, such as `36h`, `1h30m` or `1.5s`. As there, a day is `24h`. Fractions of a
 * millisecond are rounded.
 * @returns milliseconds, or what is wrong with the text
 */
export function readDuration(text: string): number | { problem: string } {
  if (text === '0') return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s))+$/.test(text)) {
    return { problem: 'use hours, minutes and seconds, such as "36h" or "1h30m"; a week is "168h"' };
  }
  const parts = text.matchAll(/([\d.]+)([a-z]+)/g);
  const ms = [...parts].reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitsMs[unit] ?? 0), 0);
  return ms <= longestMs ? Math.round(ms) : { problem: 'use at most ten years, "87600h"' };
}
