import type { Space } from '../disk/port.ts';

/** Shares of a disk below which kubelet speaks of pressure: the defaults of its hard eviction thresholds for `nodefs`. */
const leastFree = { bytes: 0.1, inodes: 0.05 };

/** So much more must be free before it is over, so that a disk on the brink is not told of again and again. */
const margin = 1.5;

/** @param before what was said of it at the last look */
export function isAlmostFull({ sizeBytes, freeBytes, inodes, freeInodes }: Space, before: boolean): boolean {
  const factor = before ? margin : 1;
  return freeBytes < sizeBytes * leastFree.bytes * factor || freeInodes < inodes * leastFree.inodes * factor;
}
