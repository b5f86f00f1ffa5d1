const firstMs = 200;
const longestMs = 10_000;

/**
 * Wait before the next try, in milliseconds: 0.2 s, doubled for each failure, at most 10 s; of that a random part between
 * a half and the whole, so that daemons which failed together do not come back together.
 * @param random a number from 0 up to 1
 */
export function backoffMs(failures: number, random: number = Math.random()): number {
  const wholeMs = Math.min(firstMs * 2 ** (failures - 1), longestMs);
  return wholeMs * (0.5 + random / 2);
}
