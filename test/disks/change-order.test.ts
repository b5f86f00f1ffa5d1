import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { keepsOrder } from '../../src/disk/base/change-order.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { Disk, type DiskKind, type DiskOptions, workplace } from './disk.ts';
import { obstacles } from './obstacles.ts';

describeUnless('disks', obstacles())('the order of changes', () => {
  test.each<[string, DiskKind, DiskOptions, boolean]>([
    ['is kept by ext4', 'ext4', {}, true],
    ['is not kept by ext4 without a journal', 'ext4', { make: ['-O', '^has_journal'] }, false],
    ['is kept by XFS', 'xfs', {}, true],
    ['is not kept by the fsync of btrfs', 'btrfs', {}, false],
  ])('%s', (_, kind, options, expected) => {
    const { point } = new Disk(kind, workplace(), options).mount();
    expect(keepsOrder(kind, statSync(point, { bigint: true }).dev)).toBe(expected);
  });
});
