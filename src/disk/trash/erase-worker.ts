import { parentPort } from 'node:worker_threads';
import { type EraseJob, erase } from './erase.ts';

/** How long a volume is erased at a stretch, so that the trash of others comes to its turn, in milliseconds. */
const turnMs = 5_000;

parentPort?.on('message', (job: EraseJob) => {
  const endsAt = performance.now() + turnMs;
  parentPort?.postMessage(erase(job, () => performance.now() >= endsAt));
});
