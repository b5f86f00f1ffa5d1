import type { CloneProgress } from '../port.ts';

/** How far a copy is, in memory that two threads see: bytes that are copied, bytes in all or NaN, and entries. */
export function newProgress(): Float64Array {
  const memory = new Float64Array(new SharedArrayBuffer(3 * Float64Array.BYTES_PER_ELEMENT));
  writeProgress(memory, { copiedBytes: 0, totalBytes: undefined, entries: 0 });
  return memory;
}

export function writeProgress(memory: Float64Array, { copiedBytes, totalBytes, entries }: CloneProgress): void {
  memory.set([copiedBytes, totalBytes ?? Number.NaN, entries]);
}

export function readProgress([copiedBytes = 0, totalBytes = Number.NaN, entries = 0]: Float64Array): CloneProgress {
  return { copiedBytes, totalBytes: Number.isNaN(totalBytes) ? undefined : totalBytes, entries };
}
