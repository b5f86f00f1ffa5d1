import { StorageError } from '../port.ts';

/** A disk that has not answered for so long, in milliseconds, is asked nothing more until it does. */
const answerWithinMs = 10_000;

/** Waits for a disk, but not with ever more threads while it is silent. */
export class Patience {
  readonly #path: string;
  /** When the calls began that the disk has not answered yet, by `performance.now`; the earliest first. */
  readonly #unanswered = new Set<{ sinceMs: number }>();

  /** @param path of the base directory */
  constructor(path: string) {
    this.#path = path;
  }

  /** @throws {StorageError} at once while an earlier call has had no answer for long: each takes a thread */
  async ask<Result>(question: () => Promise<Result>): Promise<Result> {
    const [earliest] = this.#unanswered;
    const silentMs = earliest === undefined ? 0 : performance.now() - earliest.sinceMs;
    if (silentMs >= answerWithinMs) throw silent(this.#path, silentMs);
    const call = { sinceMs: performance.now() };
    this.#unanswered.add(call);
    try {
      return await question();
    } finally {
      this.#unanswered.delete(call);
    }
  }
}

function silent(path: string, forMs: number): StorageError {
  const seconds = Math.round(forMs / 1_000);
  const message = `The disk of base directory ${path} has not answered for ${seconds} seconds. The daemon goes on when it answers. See what the disk does: dmesg --level=err,warn | tail`;
  return new StorageError('StorageFailed', message);
}
