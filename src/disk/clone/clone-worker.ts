import { parentPort, workerData } from 'node:worker_threads';
import { useKoffiAt } from '../native/koffi.ts';
import { clone } from './clone.ts';
import type { CloneTask } from './cloner.ts';
import { writeProgress } from './progress-memory.ts';

useKoffiAt(workerData);

parentPort?.on('message', ({ aborted, ...job }: CloneTask) => {
  const end = clone(job, {
    isAborted: () => Atomics.load(aborted, 0) === 1,
    onProgress: (now) => writeProgress(job.progress, now),
  });
  parentPort?.postMessage(end);
});
