import { expect, test } from 'vitest';
import { highestAtRest } from '../../../bench/provisioners/resident-memory.ts';

const series = (seconds: number, at: (second: number) => number) =>
  Array.from({ length: seconds }, (_, second) => at(second));

test.each([
  ['is even', series(60, () => 83), 83],
  ['goes up and down in a short while', series(60, (second) => (second % 10 === 0 ? 115 : 99)), 115],
  ['rose long ago', [...series(60, (second) => 60 + second), ...series(60, () => 120)], 120],
])('memory that %s is at rest at its highest', (_, samples, highest) => {
  expect(highestAtRest(samples)).toBe(highest);
});

test.each([
  ['rises by 2 MiB in half a minute', series(120, (second) => 80 + second / 15)],
  ['falls as fast', series(120, (second) => 100 - second / 15)],
  ['was seen for less than a minute', series(59, () => 83)],
])('memory that %s is not', (_, samples) => {
  expect(highestAtRest(samples)).toBeUndefined();
});
