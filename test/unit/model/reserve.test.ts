import { expect, test } from 'vitest';
import { type Reserve, readReserve, reservedBytes } from '../../../src/model/reserve.ts';

test.each<[string, number]>([
  ['0', 0],
  ['10Gi', 10 * 2 ** 30],
  ['5%', 50],
  ['2.5%', 25],
  ['0%', 0],
])('%s of 1,000 bytes reserves %d', (text, bytes) => {
  expect(reservedBytes(readReserve(text) as Reserve, 1_000)).toBe(bytes);
});

test.each(['', '100%', '-1Gi', 'half', '5 %', '10GB'])('%j reserves nothing that could be read', (text) => {
  expect(readReserve(text)).toEqual({ problem: 'use a size or a share below 100%, such as "10Gi" or "5%"' });
});
