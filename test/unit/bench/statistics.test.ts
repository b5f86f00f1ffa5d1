import { describe, expect, test } from 'vitest';
import { noiseOfMedian } from '../../../bench/statistics.ts';

describe('the noise of a median', () => {
  /** The quartiles of a normal distribution, so many times over. */
  const scattered = (times: number) => Array.from({ length: times }, () => [-0.6745, -0.6745, 0.6745, 0.6745]).flat();

  test('is the standard error of the median of values that scatter normally', () => {
    expect(noiseOfMedian(scattered(1))).toBeCloseTo(1.2533 / 2, 3);
  });

  test('is halved by four times as many values', () => {
    expect(noiseOfMedian(scattered(4))).toBeCloseTo(noiseOfMedian(scattered(1)) / 2, 6);
  });

  test('is not raised by a value that is far off', () => {
    expect(noiseOfMedian([...scattered(2), 1_000])).toBeLessThan(noiseOfMedian(scattered(1)));
  });
});
