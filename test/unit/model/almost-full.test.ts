import { expect, test } from 'vitest';
import type { Space } from '../../../src/disk/port.ts';
import { isAlmostFull } from '../../../src/model/almost-full.ts';

const roomy: Space = { sizeBytes: 1_000, usableBytes: 1_000, freeBytes: 500, inodes: 1_000, freeInodes: 500 };

test.each<[what: string, space: Partial<Space>, before: boolean, almostFull: boolean]>([
  ['with space', {}, false, false],
  ['with a tenth of its bytes free', { freeBytes: 100 }, false, false],
  ['with less', { freeBytes: 99 }, false, true],
  ['with a twentieth of its inodes free', { freeInodes: 50 }, false, false],
  ['with fewer', { freeInodes: 49 }, false, true],
  ['whose inodes are not counted', { inodes: 0, freeInodes: 0 }, false, false],
  ['that was so, with a little more', { freeBytes: 149 }, true, true],
  ['that was so, with half as much again', { freeBytes: 150 }, true, false],
  ['that was so, with a few more inodes', { freeInodes: 74 }, true, true],
  ['that was so, with half as many again', { freeInodes: 75 }, true, false],
  ['of no size, as some network file systems say', { sizeBytes: 0, freeBytes: 0 }, false, false],
])('a disk %s', (_, space, before, almostFull) => {
  expect(isAlmostFull({ ...roomy, ...space }, before)).toBe(almostFull);
});
