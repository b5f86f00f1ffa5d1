import { Worker } from 'node:worker_threads';
import { koffiPath } from '../native/koffi.ts';
import { StorageError } from '../port.ts';
import { WorkerThread } from '../worker-thread.ts';
import type { CloneEnd, CloneJob } from './clone.ts';

/** The compiled text of clone-worker.ts in the bundle, which is one file; not defined if the sources run directly. */
declare const CLONE_WORKER_SOURCE: string | undefined;

/** A job for the thread. While that copies, it receives no message, so both threads see the memory. */
export interface CloneTask extends CloneJob {
  /** One number: 1 once the copy is not wanted any more. */
  aborted: Int32Array;
}

interface Waiting {
  task: CloneTask;
  ended: Promise<CloneEnd>;
  resolve(end: CloneEnd): void;
  reject(error: unknown): void;
}

const stopped = 'The daemon stopped copying. The next start begins the copy anew';

/** Copies volumes in a worker thread, one after another: two copies at once would make a disk seek. */
export class Cloner {
  readonly #thread = new WorkerThread<CloneTask, CloneEnd>({
    start: () => {
      // Path of koffi, which the thread loads and the daemon's own does not.
      const options = { workerData: koffiPath() };
      return typeof CLONE_WORKER_SOURCE === 'string'
        ? new Worker(CLONE_WORKER_SOURCE, { ...options, eval: true })
        : new Worker(new URL('./clone-worker.ts', import.meta.url), options);
    },
    task: 'copies volumes',
    stopped,
    keepsProcess: true,
  });
  #running: Waiting | undefined;
  #waiting: Waiting[] = [];
  #isClosed = false;

  /** @throws {StorageError} when the thread died, cannot be started, or the daemon stops. Other failures are ends of the copy. */
  clone(job: CloneJob): Promise<CloneEnd> {
    if (this.#isClosed) return Promise.reject(new StorageError('StorageFailed', stopped));
    const { promise: ended, resolve, reject } = Promise.withResolvers<CloneEnd>();
    const aborted = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    this.#waiting.push({ task: { ...job, aborted }, ended, resolve, reject });
    void this.#runNext();
    return ended;
  }

  /** Ends the job for a volume at its next entry, or its next 8 MiB. */
  abort(volume: string): void {
    if (this.#running?.task.volume === volume) abort(this.#running);
    const aborted = this.#waiting.filter(({ task }) => task.volume === volume);
    this.#waiting = this.#waiting.filter((job) => !aborted.includes(job));
    for (const { resolve } of aborted) resolve({ result: 'aborted' });
  }

  /** Ends all jobs, and takes no more. The running one ends by itself, as nobody else can close what it has open. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new StorageError('StorageFailed', stopped));
    if (this.#running !== undefined) {
      abort(this.#running);
      await Promise.allSettled([this.#running.ended]);
    }
    await this.#thread.close();
  }

  async #runNext(): Promise<void> {
    if (this.#running !== undefined) return;
    this.#running = this.#waiting.shift();
    if (this.#running === undefined) return;
    const { task, resolve, reject } = this.#running;
    try {
      resolve(await this.#thread.run(task));
    } catch (error) {
      reject(error);
    }
    this.#running = undefined;
    void this.#runNext();
  }
}

function abort({ task }: Waiting): void {
  Atomics.store(task.aborted, 0, 1);
}
