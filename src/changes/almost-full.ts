import type { Space } from '../disk/port.ts';

/** Free shares of a disk below which kubelet reports disk pressure: its default hard eviction thresholds for `nodefs`. */
const leastFree = { bytes: 0.1, inodes: 0.05 };

/** The alarm ends when this many times as much is free, so that a disk at the threshold raises it once. */
const margin = 1.5;

/** @param before whether the disk was almost full at the last inspection */
export function isAlmostFull({ sizeBytes, freeBytes, inodes, freeInodes }: Space, before: boolean): boolean {
  const factor = before ? margin : 1;
  return freeBytes < sizeBytes * leastFree.bytes * factor || freeInodes < inodes * leastFree.inodes * factor;
}
