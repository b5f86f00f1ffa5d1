import { expect, test } from 'vitest';
import { keepsOrder } from '../../../../src/disk/base/change-order.ts';

/** Of no device that there is. test/disks/change-order.test.ts has real ones. */
const noDevice = 0n;

test.each([
  ['xfs', true],
  ['ext4', false],
  ['btrfs', false],
  ['tmpfs', false],
  ['overlay', false],
  [undefined, false],
])('%s: %s', (fileSystem, expected) => {
  expect(keepsOrder(fileSystem, noDevice)).toBe(expected);
});
