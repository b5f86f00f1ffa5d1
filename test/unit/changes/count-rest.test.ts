import { describe, expect, test } from 'vitest';
import { firstRestMs, restMs } from '../../../src/changes/count-rest.ts';
import { usualTiming } from '../../../src/changes/usage.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

describe('a volume', () => {
  test.each<[string, number | undefined, number, number]>([
    ['of a few files is counted each minute', 2, 5, minute],
    ['of a hundred small ones as well', 2, 100, minute],
    ['of a thousand small ones every ten minutes', 2, 1_000, 10 * minute],
    ['of twenty thousand each hour', 2, 20_000, hour],
    ['that takes a second rests a thousand', second, 5, 1_000 * second],
    ['that takes a minute rests an hour', minute, 5, hour],
    ['that could not be counted rests an hour', undefined, 5, hour],
  ])('%s', (_, tookMs, volumes, rest) => {
    expect(restMs(usualTiming, { tookMs, volumes, ageMs: hour })).toBe(rest);
  });

  test('that is new is counted each time that it is twice as old', () => {
    const countedAt: number[] = [];
    for (let ageMs = firstRestMs(usualTiming, 1); ageMs < 4 * minute; ) {
      countedAt.push(ageMs / second);
      ageMs += restMs(usualTiming, { tookMs: 2, ageMs, volumes: 1 });
    }
    expect(countedAt).toEqual([5, 10, 20, 40, 80, 140, 200]);
  });

  test.each([
    ['of a few waits five seconds for its first count', 1, 5 * second],
    ['of fifty half a minute, as they may come in a burst', 50, 30 * second],
    ['of thousands a minute', 20_000, minute],
  ])('%s', (_, volumes, rest) => {
    expect(firstRestMs(usualTiming, volumes)).toBe(rest);
  });
});
