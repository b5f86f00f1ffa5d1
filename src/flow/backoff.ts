import type { ServerWord } from './outcome.ts';

const firstMs = 1_000;
const longestMs = 30_000;

/** A first conflict is ordinary: the object can be read again at once. */
const firstConflictMs = 100;

/**
 * Wait before the next try, in milliseconds: 1 s, doubled for each failure, at most 30 s, less up to a tenth so that
 * those who failed together do not come back together. The longest wait bounds how late a repaired node is noticed.
 * @param random a number from 0 up to 1
 * @throws {RangeError} if `failures` is not a whole number of 1 or more
 */
export function backoffMs(failures: number, random: number = Math.random()): number {
  if (!Number.isInteger(failures) || failures < 1) throw new RangeError(`failures: ${failures}`);
  const wait = Math.min(firstMs * 2 ** (failures - 1), longestMs);
  return Math.round(wait * (1 - random / 10));
}

/** The same, but the first retry after a conflict is quick. */
export function backoffAfter(failures: number, server: ServerWord | undefined): number {
  if (!server?.conflict) return backoffMs(failures);
  return failures === 1 ? firstConflictMs : backoffMs(failures - 1);
}
