import { Worker } from 'node:worker_threads';
import type { Erasure } from '../port.ts';
import { WorkerThread } from '../worker-thread.ts';
import type { EraseJob } from './erase.ts';

/** The compiled text of erase-worker.ts in the bundle, which is one file; not defined if the sources run directly. */
declare const ERASE_WORKER_SOURCE: string | undefined;

/** Erases in a worker thread, one turn after another, so that the event loop is never blocked. */
export class Eraser {
  readonly #thread = new WorkerThread<EraseJob, Erasure>({
    start: () =>
      typeof ERASE_WORKER_SOURCE === 'string'
        ? new Worker(ERASE_WORKER_SOURCE, { eval: true })
        : new Worker(new URL('./erase-worker.ts', import.meta.url)),
    task: 'erases volumes',
    stopped: 'The daemon stopped erasing. The next start goes on',
    keepsProcess: true,
  });

  erase(job: EraseJob): Promise<Erasure> {
    return this.#thread.run(job);
  }

  /** Stops at once. Erasing goes on where it was when it is called again, also in another process. */
  close(): Promise<void> {
    return this.#thread.close();
  }
}
