import { constants } from 'node:os';
import { callNow, SystemCallError } from './c-library.ts';

/** Synchronous calls that copy content, for a worker thread. */

/** From linux/fs.h: the same content without a copy, by shared blocks. */
const cloneRequest = 0x40049409;
/** From unistd.h. */
const seekData = 3;
const seekHole = 4;

/** @throws {SystemCallError} ENOTSUP or EXDEV where blocks cannot be shared */
export function cloneContent(target: number, source: number): void {
  callNow({ name: 'ioctlOfNumber', args: [target, cloneRequest, source], shown: 'FICLONE' });
}

/** Positions of copy_file_range, which counts them on. */
const [readAt, writeAt] = [Buffer.alloc(8), Buffer.alloc(8)];

/**
 * Copies within the kernel, to the same position as in the source.
 * @returns how many bytes were copied, at most `length`; 0 at the end of the source
 */
export function copyRange(source: number, target: number, offset: number, length: number): number {
  for (const position of [readAt, writeAt]) position.writeBigInt64LE(BigInt(offset));
  const args = [source, readAt, target, writeAt, length, 0];
  return callNow({ name: 'copyFileRange', args, shown: 'copy_file_range' });
}

/** Where data begins, at `offset` or later; undefined if only a hole follows, or the file ends before. */
export const seekToData = (descriptor: number, offset: number): number | undefined =>
  seek(descriptor, offset, seekData);

/** Where the next hole begins, at `offset` or later; the end of a file counts as one. Undefined if the file ends before. */
export const seekToHole = (descriptor: number, offset: number): number | undefined =>
  seek(descriptor, offset, seekHole);

function seek(descriptor: number, offset: number, whence: number): number | undefined {
  try {
    return callNow({ name: 'lseek', args: [descriptor, offset, whence] });
  } catch (error) {
    if (error instanceof SystemCallError && error.errno === -constants.errno.ENXIO) return undefined;
    throw error;
  }
}

/** The kernel takes no longer path, with the 0 at its end (PATH_MAX). */
const nameBuffer = Buffer.alloc(4_096);

/**
 * Opens an entry of an open directory, which is faster than by a path through /proc. Node does not know of the descriptor, so it is
 * closed by `close`, and by nobody else when the thread is stopped.
 */
export function openAt(directory: number, name: Uint8Array, flags: number, mode: number): number {
  nameBuffer.set(name);
  nameBuffer[name.length] = 0;
  return callNow({ name: 'openat', args: [directory, nameBuffer, flags, mode] });
}

/** Closes what `openAt` has opened. */
export function close(descriptor: number): void {
  callNow({ name: 'close', args: [descriptor] });
}

/** Makes all that was written to the file system of an open file durable. */
export function syncFileSystem(descriptor: number): void {
  callNow({ name: 'syncfs', args: [descriptor] });
}
