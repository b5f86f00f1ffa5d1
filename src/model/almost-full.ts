/** Free shares of a disk below which kubelet reports disk pressure: its default hard eviction thresholds for `nodefs`. */
const leastFree = { bytes: 0.1, inodes: 0.05 };

/** The alarm ends when this many times as much is free, so that a disk at the threshold raises it once. */
const margin = 1.5;

/** Of a disk. `inodes` is 0 if its file system has no fixed number of them. */
export interface FreeSpace {
  sizeBytes: number;
  freeBytes: number;
  inodes: number;
  freeInodes: number;
}

/** @param before whether the disk was almost full at the last inspection */
export function isAlmostFull({ sizeBytes, freeBytes, inodes, freeInodes }: FreeSpace, before: boolean): boolean {
  const factor = before ? margin : 1;
  return freeBytes < sizeBytes * leastFree.bytes * factor || freeInodes < inodes * leastFree.inodes * factor;
}
