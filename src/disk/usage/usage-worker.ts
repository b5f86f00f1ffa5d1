import { parentPort } from 'node:worker_threads';
import { storageErrorOf } from '../system-error.ts';
import { Throttle, threadTimes } from './throttle.ts';
import type { CountAnswer, CountJob } from './usage-counter.ts';
import { walk } from './walk.ts';

parentPort?.on('message', (job: CountJob) => parentPort?.postMessage(count(job)));

/** The last turn has its pause as well, so that many small volumes take no more than a large one. */
function count({ path, shown }: CountJob): CountAnswer {
  const throttle = new Throttle(threadTimes());
  try {
    return walk(path, () => throttle.onEntry());
  } catch (cause) {
    const { reason, message } = storageErrorOf(cause, `count what ${shown} uses`);
    return { reason, message };
  } finally {
    throttle.endTurn();
  }
}
