const firstMs = 200;
const longestMs = 10_000;

/**
 * Delay before the next try, in milliseconds: 0.2 s, doubled with each failure, at most 10 s, less up to a half, so that daemons
 * that failed together do not retry together. @param random a number from 0 up to 1
 */
export function retryDelayMs(failures: number, random: number = Math.random()): number {
  const wholeMs = Math.min(firstMs * 2 ** (failures - 1), longestMs);
  return wholeMs * (0.5 + random / 2);
}
