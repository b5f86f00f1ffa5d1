import { describe, expect, test } from 'vitest';
import { blockedMs, windowsWithin } from '../../../bench/loop-delays.ts';

const recorded = '100 1 0\n150 2 0\n200 3 0\n450 250 240\n500 4 0\n';

describe('windows of the event loop in a phase', () => {
  test.each([
    ['those that end in it, and the one that was open at its end', { from: 120, to: 180 }, [2, 3]],
    ['one that was held open by the delay itself', { from: 190, to: 300 }, [3, 250]],
  ])('are %s', (_, phase, delays) => {
    expect(windowsWithin(phase, recorded)?.map(({ delayMs }) => delayMs)).toEqual(delays);
  });

  test('are not known before one has ended after it', () => {
    expect(windowsWithin({ from: 460, to: 500 }, recorded)).toBeUndefined();
  });

  test('are not read from a line that is being written', () => {
    expect(windowsWithin({ from: 460, to: 500 }, `${recorded}550 1`)).toBeUndefined();
  });
});

test('a loop is blocked for as long as it was held up and did not wait for a processor', () => {
  expect(blockedMs({ delayMs: 250, waitedMs: 240 })).toBe(10);
  expect(blockedMs({ delayMs: 3, waitedMs: 20 })).toBe(0);
});
