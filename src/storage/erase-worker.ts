import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { type EraseJob, erase } from './erase.ts';

/** How long a volume is erased at a stretch, so that the trash of others comes to its turn, in milliseconds. */
const turnMs = 5_000;

// Claims and deletions come first: on Linux a thread has a priority of its own, under its number (setpriority(2), NOTES).
setPriority(Number(basename(readlinkSync('/proc/thread-self'))), constants.priority.PRIORITY_LOW);

parentPort?.on('message', (job: EraseJob) => {
  const endsAt = performance.now() + turnMs;
  parentPort?.postMessage(erase(job, () => performance.now() >= endsAt));
});
