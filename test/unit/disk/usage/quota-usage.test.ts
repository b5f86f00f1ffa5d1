import type { StatsFs } from 'node:fs';
import { expect, test } from 'vitest';
import type { Usage } from '../../../../src/disk/port.ts';
import { groupUsage, quotaUsage } from '../../../../src/disk/usage/quota-usage.ts';

/** A file system of 1,000,000 blocks of 4 KiB. */
function statsOf(changes: Partial<StatsFs> = {}): StatsFs {
  return {
    type: 0xef53,
    bsize: 4_096,
    frsize: 4_096,
    blocks: 1_000_000,
    bfree: 600_000,
    bavail: 550_000,
    files: 100_000,
    ffree: 90_000,
    ...changes,
  };
}

const limited = { blocks: 1_000, bfree: 400, bavail: 400 };
const used = { usedBytes: 600 * 4_096, sizeBytes: 1_000 * 4_096, availableBytes: 400 * 4_096, atMs: 5 };

test.each<[string, Partial<StatsFs>, Partial<StatsFs>, Usage | undefined]>([
  ['no limit', {}, {}, undefined],
  ['a limit above the size of the file system, which shows its own size then', {}, { bfree: 599_000 }, undefined],
  ['a limit of bytes alone', {}, limited, { ...used, inodes: undefined }],
  ['a limit of bytes and inodes', {}, { ...limited, files: 50, ffree: 20 }, { ...used, inodes: 30 }],
  [
    'a limit of bytes alone, while XFS changes its number of inodes',
    { files: 100_000 },
    { ...limited, files: 99_000, ffree: 80_000 },
    { ...used, inodes: undefined },
  ],
  [
    'a limit that is used up',
    {},
    { blocks: 1_000, bfree: 0, bavail: 0 },
    { ...used, usedBytes: 4_096_000, availableBytes: 0, inodes: undefined },
  ],
])('%s', (_, whole, directory, usage) => {
  expect(quotaUsage(statsOf({ ...whole, ...directory }), statsOf(whole), 5)).toEqual(usage);
});

test.each([
  ['leaves what it has not used', 30, 100, 70],
  ['that is used up leaves nothing', 130, 100, 0],
  ['leaves no more than the disk has', 30, 1e12, 550_000 * 4_096],
])('a limit of btrfs %s', (_, usedBytes, limitBytes, availableBytes) => {
  const usage = { usedBytes, inodes: undefined, sizeBytes: limitBytes, availableBytes, atMs: 5 };
  expect(groupUsage(usedBytes, limitBytes, statsOf(), 5)).toEqual(usage);
});
