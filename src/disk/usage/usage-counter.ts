import { Worker } from 'node:worker_threads';
import { StorageError, type StorageReason } from '../port.ts';
import { WorkerThread } from '../worker-thread.ts';
import type { Count } from './walk.ts';

/** The compiled text of usage-worker.ts in the bundle, which is one file; not defined if the sources run directly. */
declare const USAGE_WORKER_SOURCE: string | undefined;

export interface CountJob {
  /** The directory. The path begins at an open descriptor. */
  path: string;
  /** The same path for the user. */
  shown: string;
}

/** Errors lose their class between threads. */
export type CountAnswer = Count | { reason: StorageReason; message: string };

const stopped = 'The daemon stopped counting what volumes use. The next count begins anew';

/** Counts in a worker thread, which takes less than a tenth of a core, and ends with the process. */
export class UsageCounter {
  readonly #thread = new WorkerThread<CountJob, CountAnswer>({
    start: () =>
      typeof USAGE_WORKER_SOURCE === 'string'
        ? new Worker(USAGE_WORKER_SOURCE, { eval: true })
        : new Worker(new URL('./usage-worker.ts', import.meta.url)),
    task: 'counts what volumes use',
    stopped,
    keepsProcess: false,
  });

  /** One at a time: the signal stops the thread. @throws {StorageError} */
  async count(job: CountJob, signal?: AbortSignal): Promise<Count> {
    const stop = () => void this.#thread.interrupt();
    if (signal?.aborted) throw new StorageError('StorageFailed', stopped);
    signal?.addEventListener('abort', stop);
    try {
      const answer = await this.#thread.run(job);
      if ('reason' in answer) throw new StorageError(answer.reason, answer.message);
      return answer;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** Stops at once. */
  close(): Promise<void> {
    return this.#thread.close();
  }
}
