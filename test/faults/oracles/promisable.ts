import { statfsSync } from 'node:fs';

/** What the disk of a base directory has for volumes: its size without what it keeps for root. */
export function promisableBytes(base: string): number {
  const { blocks, bfree, bavail, bsize } = statfsSync(base);
  return (blocks - (bfree - bavail)) * bsize;
}
