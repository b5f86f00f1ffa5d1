import { parentPort } from 'node:worker_threads';
import { type EraseJob, erase } from './erase.ts';

/** How long a turn is, after which the trash of other volumes comes, in milliseconds. */
const turnMs = 5_000;

parentPort?.on('message', (job: EraseJob) => {
  const endsAt = performance.now() + turnMs;
  parentPort?.postMessage(erase(job, () => performance.now() >= endsAt));
});
