import { describe, expect, test } from 'vitest';
import { linearScale, logScale } from '../../../bench/plots/scale.ts';

describe('a linear scale', () => {
  test.each([
    [928, [0, 200, 400, 600, 800, 1_000]],
    [1_000, [0, 200, 400, 600, 800, 1_000]],
    [0.3, [0, 0.1, 0.2, 0.3]],
    [7, [0, 2, 4, 6, 8]],
  ])('up to %d has round ticks from 0 to a value that is not below', (most, ticks) => {
    const found = linearScale(most, [0, 100]).ticks;
    expect(found.map((tick) => Number(tick.toFixed(9)))).toEqual(ticks);
  });

  test('takes its ends to the ends of the drawing, also when the drawing counts downwards', () => {
    const scale = linearScale(10, [300, 100]);
    expect([scale.at(0), scale.at(5), scale.at(10)]).toEqual([300, 200, 100]);
  });

  test('is also there when all values are 0', () => {
    const scale = linearScale(0, [0, 100]);
    expect(scale.at(0)).toBe(0);
    expect(scale.ticks.at(-1)).toBeGreaterThan(0);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('does not reach %d', (most) => {
    expect(() => linearScale(most, [0, 100])).toThrow(RangeError);
  });
});

describe('a logarithmic scale', () => {
  test('spans whole decades, one as long as the other', () => {
    const scale = logScale(3, 450, [0, 300]);
    expect(scale.ticks).toEqual([1, 10, 100, 1_000]);
    expect(scale.ticks.map((tick) => Math.round(scale.at(tick)))).toEqual([0, 100, 200, 300]);
  });

  test('spans a decade when there is but one value', () => {
    expect(logScale(10, 10, [0, 100]).ticks).toEqual([10, 100]);
  });

  test.each([0.5, 0, -3])('draws %d, which lies below it, at its edge', (value) => {
    expect(logScale(1, 10, [7, 100]).at(value)).toBe(7);
  });

  test.each([
    [0, 10],
    [-1, 10],
    [10, 1],
    [1, Number.POSITIVE_INFINITY],
    [Number.NaN, 10],
  ])('does not go from %d to %d', (least, most) => {
    expect(() => logScale(least, most, [0, 100])).toThrow(RangeError);
  });
});
