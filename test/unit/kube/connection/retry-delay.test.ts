import { expect, test } from 'vitest';
import { retryDelayMs } from '../../../../src/kube/connection/retry-delay.ts';

const almostOne = 1 - Number.EPSILON;

test('the wait doubles from 0.2 s up to 10 s', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map((failures) => Math.round(retryDelayMs(failures, almostOne)));
  expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000]);
});

test('chance takes up to a half of it', () => {
  expect(retryDelayMs(1, 0)).toBe(100);
  expect(retryDelayMs(1_000, 0)).toBe(5_000);
});
