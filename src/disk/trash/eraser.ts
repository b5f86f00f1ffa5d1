import { Worker } from 'node:worker_threads';
import { type Erasure, StorageError } from '../port.ts';
import type { EraseJob } from './erase.ts';

/** The compiled text of erase-worker.ts in the bundle, which is one file; not defined if the sources run directly. */
declare const ERASE_WORKER_SOURCE: string | undefined;

/** When an idle worker thread ends, in milliseconds. It takes memory; a new one takes some milliseconds. */
const idleMs = 10_000;

interface Waiting {
  resolve(erasure: Erasure): void;
  reject(error: StorageError): void;
}

/** Erases in a worker thread, one turn after another, so that the event loop is never blocked. */
export class Eraser {
  #worker: Worker | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #closed = false;
  /** Jobs of the worker, in the order of its answers. */
  #waiting: Waiting[] = [];

  erase(job: EraseJob): Promise<Erasure> {
    if (this.#closed) return Promise.reject(stopped());
    clearTimeout(this.#idleTimer);
    this.#worker ??= this.#startWorker();
    this.#worker.ref();
    this.#worker.postMessage(job);
    const { promise, resolve, reject } = Promise.withResolvers<Erasure>();
    this.#waiting.push({ resolve, reject });
    return promise;
  }

  /** Stops at once. Erasing goes on where it was when it is called again, also in another process. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#endWorker(stopped());
  }

  #startWorker(): Worker {
    const worker =
      typeof ERASE_WORKER_SOURCE === 'string'
        ? new Worker(ERASE_WORKER_SOURCE, { eval: true })
        : new Worker(new URL('./erase-worker.ts', import.meta.url));
    worker.on('message', (erasure: Erasure) => this.#answer(erasure));
    worker.on('error', (error) => this.#lose(worker, error));
    worker.on('exit', (code) => this.#lose(worker, new Error(`it ended with exit code ${code}`)));
    return worker;
  }

  #answer(erasure: Erasure): void {
    this.#waiting.shift()?.resolve(erasure);
    if (this.#waiting.length > 0) return;
    this.#worker?.unref();
    this.#idleTimer = setTimeout(() => void this.#endWorker(stopped()), idleMs).unref();
  }

  #lose(worker: Worker, cause: Error): void {
    if (worker !== this.#worker) return;
    const message = `The thread that erases volumes died: ${cause.message}. The next erasing starts another one`;
    void this.#endWorker(new StorageError('StorageFailed', message, { cause }));
  }

  async #endWorker(error: StorageError): Promise<void> {
    clearTimeout(this.#idleTimer);
    const worker = this.#worker;
    const waiting = this.#waiting;
    this.#worker = undefined;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
    await worker?.terminate();
  }
}

function stopped(): StorageError {
  return new StorageError('StorageFailed', 'The daemon stopped erasing. The next start goes on');
}
