import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from '../../../src/flow/backoff.ts';

test.each([
  [1, 1_000],
  [2, 2_000],
  [3, 4_000],
  [4, 8_000],
  [5, 16_000],
  [6, 30_000],
  [7, 30_000],
  [1_000, 30_000],
  [Number.MAX_SAFE_INTEGER, 30_000],
])('after %i failures it is %i ms', (failures, wait) => {
  expect(backoffMs(failures, 0)).toBe(wait);
});

test('chance takes off up to a tenth', () => {
  expect([backoffMs(1, 0.5), backoffMs(1, 1), backoffMs(99, 1)]).toEqual([950, 900, 27_000]);
});

test('it is always a wait, and one that ends while somebody still looks', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
      const wait = backoffMs(failures, random);
      expect(wait).toBeGreaterThanOrEqual(900);
      expect(wait).toBeLessThanOrEqual(30_000);
    }),
  );
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%d failures are none', (failures) => {
  expect(() => backoffMs(failures)).toThrow(RangeError);
});
