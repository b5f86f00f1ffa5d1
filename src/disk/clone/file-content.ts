import { type BigIntStats, ftruncateSync, readSync, writeSync } from 'node:fs';
import { hasCode } from '../system-error.ts';
import type { CopyCalls } from './copy-calls.ts';

/** Bytes that are copied between two looks whether the copy is still wanted. */
const rangeBytes = 8 * 1024 ** 2;

/** Bytes that are read at a time where the kernel cannot copy. */
const bufferBytes = 1024 ** 2;

/** What else happens while content is copied. */
interface Watch {
  /** Called after each range. It may throw, to end the copy. */
  onCopied(bytes: number): void;
  /** Blocks cannot be shared, so each byte is written. Called once, before the first one is. */
  onNotShared(): void;
}

/**
 * Copies the content of files. A copy shares the blocks of its source where the file system can do that. Elsewhere the kernel
 * copies, and holes stay holes. What the file system cannot do is not tried again.
 */
export class FileContent {
  readonly #calls: CopyCalls;
  readonly #watch: Watch;
  #mayShare: boolean;
  #mayCopyInKernel: boolean;
  #isTold = false;
  #buffer: Buffer | undefined;

  constructor(calls: CopyCalls, { mayShare }: { mayShare: boolean }, watch: Watch) {
    this.#calls = calls;
    this.#mayShare = mayShare;
    // Some kernels copy by sharing.
    this.#mayCopyInKernel = mayShare;
    this.#watch = watch;
  }

  /** @param stats of the source. What is added to it later is left out, unless the blocks are shared */
  copy(source: number, target: number, { size, blocks }: BigIntStats): void {
    const sizeBytes = Number(size);
    if (sizeBytes === 0) return;
    if (this.#share(source, target)) {
      this.#watch.onCopied(Number(blocks) * 512);
      return;
    }
    let end = 0;
    for (let next: number | undefined = 0; next !== undefined && next < sizeBytes; ) {
      const dataAt = this.#calls.seekToData(source, next);
      if (dataAt === undefined || dataAt >= sizeBytes) break;
      next = this.#calls.seekToHole(source, dataAt);
      if (next !== undefined) end = this.#copyData(source, target, dataAt, Math.min(next, sizeBytes));
    }
    // It ends with a hole, or was cut meanwhile.
    if (end < sizeBytes) ftruncateSync(target, sizeBytes);
  }

  #share(source: number, target: number): boolean {
    if (this.#mayShare) {
      try {
        this.#calls.cloneContent(target, source);
        return true;
      } catch (error) {
        // Of this file alone: on btrfs, one that has no checksums.
        if (hasCode(error, 'EINVAL')) return false;
        if (!hasCode(error, 'ENOTSUP', 'ENOTTY', 'ENOSYS', 'EXDEV')) throw error;
        this.#mayShare = false;
      }
    }
    if (!this.#isTold) this.#watch.onNotShared();
    this.#isTold = true;
    return false;
  }

  /** @returns where it ended: before `to`, if the source was cut meanwhile */
  #copyData(source: number, target: number, from: number, to: number): number {
    let at = from;
    while (at < to) {
      const bytes = this.#copyRange(source, target, at, Math.min(to - at, rangeBytes));
      if (bytes === 0) break;
      at += bytes;
      this.#watch.onCopied(bytes);
    }
    return at;
  }

  #copyRange(source: number, target: number, at: number, bytes: number): number {
    if (this.#mayCopyInKernel) {
      try {
        return this.#calls.copyRange(source, target, at, bytes);
      } catch (error) {
        if (!hasCode(error, 'EXDEV', 'ENOSYS', 'EINVAL', 'ENOTSUP')) throw error;
        this.#mayCopyInKernel = false;
      }
    }
    this.#buffer ??= Buffer.allocUnsafe(bufferBytes);
    const read = readSync(source, this.#buffer, 0, Math.min(bytes, bufferBytes), at);
    for (let written = 0; written < read; ) {
      written += writeSync(target, this.#buffer, written, read - written, at + written);
    }
    return read;
  }
}
