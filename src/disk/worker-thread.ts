import type { Worker } from 'node:worker_threads';
import { StorageError } from './port.ts';

/** When an idle worker thread ends, in milliseconds. It takes memory; a new one takes some milliseconds. */
const idleMs = 10_000;

export interface WorkerThreadOptions {
  /** Starts the thread. It answers each message with one message, in order. */
  start(): Worker;
  /** What the thread does, such as "erases volumes", and what is said to those who wait when it is stopped. */
  task: string;
  stopped: string;
  /** Whether the process waits for the jobs before it ends by itself. */
  keepsProcess: boolean;
}

interface Waiting<Answer> {
  resolve(answer: Answer): void;
  reject(error: StorageError): void;
}

/** A thread for what would block the event loop: it is started for the first job, and ends when it was idle for a while. */
export class WorkerThread<Job, Answer> {
  readonly #options: WorkerThreadOptions;
  #worker: Worker | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #closed = false;
  /** Jobs of the worker, in the order of its answers. */
  #waiting: Waiting<Answer>[] = [];

  constructor(options: WorkerThreadOptions) {
    this.#options = options;
  }

  /** Runs a job after the earlier ones. @throws {StorageError} if the thread dies or is stopped */
  run(job: Job): Promise<Answer> {
    if (this.#closed) return Promise.reject(this.#stopped());
    clearTimeout(this.#idleTimer);
    this.#worker ??= this.#startWorker();
    if (this.#options.keepsProcess) this.#worker.ref();
    this.#worker.postMessage(job);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#waiting.push({ resolve, reject });
    return promise;
  }

  /** Stops the thread in the midst of its jobs. The next job starts another one. */
  async interrupt(): Promise<void> {
    await this.#endWorker(this.#stopped());
  }

  /** Stops the thread in the midst of its jobs, and refuses further ones. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.interrupt();
  }

  #startWorker(): Worker {
    const worker = this.#options.start();
    worker.on('message', (answer: Answer) => this.#answer(answer));
    worker.on('error', (error) => this.#lose(worker, error));
    worker.on('exit', (code) => this.#lose(worker, new Error(`it ended with exit code ${code}`)));
    // After the listeners: the first one for messages would hold the process again.
    worker.unref();
    return worker;
  }

  #answer(answer: Answer): void {
    this.#waiting.shift()?.resolve(answer);
    if (this.#waiting.length > 0) return;
    this.#worker?.unref();
    this.#idleTimer = setTimeout(() => void this.interrupt(), idleMs).unref();
  }

  #lose(worker: Worker, cause: Error): void {
    if (worker !== this.#worker) return;
    const message = `The thread that ${this.#options.task} died: ${cause.message}. The next try starts another one`;
    void this.#endWorker(new StorageError('StorageFailed', message, { cause }));
  }

  /** Jobs are over when the thread is: only then may the descriptors be closed that they use. */
  async #endWorker(error: StorageError): Promise<void> {
    clearTimeout(this.#idleTimer);
    const worker = this.#worker;
    const waiting = this.#waiting;
    this.#worker = undefined;
    this.#waiting = [];
    await worker?.terminate();
    for (const { reject } of waiting) reject(error);
  }

  #stopped(): StorageError {
    return new StorageError('StorageFailed', this.#options.stopped);
  }
}
