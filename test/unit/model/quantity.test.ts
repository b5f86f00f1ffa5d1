import { expect, test } from 'vitest';
import { quantityBytes } from '../../../src/model/quantity.ts';

test.each([
  ['0', 0],
  ['1073741824', 2 ** 30],
  ['1Gi', 2 ** 30],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['.5Ki', 512],
  ['1.Ki', 1_024],
  ['2Mi', 2 ** 21],
  ['3Ti', 3 * 2 ** 40],
  ['500M', 5e8],
  ['1E', 1e18],
  ['2e9', 2e9],
  ['2E+9', 2e9],
  ['15e-1', 1.5],
  ['1000m', 1],
])('%s', (text, bytes) => {
  expect(quantityBytes(text)).toBe(bytes);
});

test.each(['', 'Gi', '1 Gi', '1gi', '1GB', '-1', '1e', '1constructor', '0x10'])('%j is none', (text) => {
  expect(quantityBytes(text)).toBeUndefined();
});
