import { expect, test } from 'vitest';
import { largest, quantityBytes, quantityFor, shownBytes } from '../../../src/model/quantity.ts';

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

test.each<[(string | undefined)[], string | undefined]>([
  [['1Gi', '2Gi', '1500Mi'], '2Gi'],
  [['1Gi', '1024Mi'], '1Gi'],
  [[undefined, 'much', '1Mi'], '1Mi'],
  [[undefined, 'much'], undefined],
])('the largest of %j is %s', (quantities, expected) => {
  expect(largest(...quantities)).toBe(expected);
});

test.each([
  [0, '0 KiB'],
  [512, '0.5 KiB'],
  [2 ** 20, '1 MiB'],
  [1.5 * 2 ** 30, '1.5 GiB'],
  [1_023 * 2 ** 30, '1023 GiB'],
  [2 ** 63, '8 EiB'],
])('%d bytes are shown as %s', (bytes, shown) => {
  expect(shownBytes(bytes)).toBe(shown);
});

test.each([
  [1, '1Mi'],
  [2 ** 20, '1Mi'],
  [2 ** 20 + 1, '2Mi'],
  [2 ** 30, '1Gi'],
  [2 ** 30 + 1, '2Gi'],
])('%d bytes need %s', (bytes, quantity) => {
  expect(quantityFor(bytes)).toBe(quantity);
});
