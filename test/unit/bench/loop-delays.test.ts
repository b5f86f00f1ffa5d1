import { describe, expect, test } from 'vitest';
import { delaysWithin } from '../../../bench/loop-delays.ts';

const recorded = '100 1\n150 2\n200 3\n450 250\n500 4\n';

describe('delays of the event loop in a phase', () => {
  test.each([
    ['windows that end in it, and the one that was open at its end', { from: 120, to: 180 }, [2, 3]],
    ['a window that was held open by the delay itself', { from: 190, to: 300 }, [3, 250]],
  ])('are those of %s', (_, phase, delays) => {
    expect(delaysWithin(phase, recorded)).toEqual(delays);
  });

  test('are not known before a window has ended after it', () => {
    expect(delaysWithin({ from: 460, to: 500 }, recorded)).toBeUndefined();
  });

  test('are not read from a line that is being written', () => {
    expect(delaysWithin({ from: 460, to: 500 }, `${recorded}550 1`)).toBeUndefined();
  });
});
