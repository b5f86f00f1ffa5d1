import { describe, expect, test } from 'vitest';
import { trendOf } from '../../../bench/trend.ts';

const points = (ys: number[], step = 100) => ys.map((y, index) => ({ x: index * step, y }));

describe('trendOf', () => {
  test('finds the slope of a straight line, which has no scatter', () => {
    const { slope, rise, scatter } = trendOf(points([50, 52, 54, 56]));
    expect(slope).toBeCloseTo(0.02, 12);
    expect(rise).toBeCloseTo(6, 12);
    expect(scatter).toBeCloseTo(0, 12);
  });

  test('finds no rise in what goes up and down', () => {
    const { rise, scatter } = trendOf(points([50, 54, 50, 54, 50]));
    expect(rise).toBeCloseTo(0, 12);
    expect(scatter).toBeCloseTo(4, 12);
  });

  test('shows a leak that is larger than the noise around it', () => {
    const { rise, scatter } = trendOf(points([50, 53, 52, 55, 54, 57, 56, 59]));
    expect(rise).toBeGreaterThan(scatter);
  });
});
