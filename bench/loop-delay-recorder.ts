/**
 * Loaded into the daemon by `--import`: writes how long its event loop was held up, a line for each window of time, with
 * the window's end and the longest delay in it. Only inside of the process can a loop that is blocked be told from a
 * process that answers late because the machine has no time for whoever asks.
 */
import { createWriteStream } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const windowMs = 50;

/** The monitor is a timer of this period: a loop that is free shows as much. */
const resolutionMs = 1;

// Worker threads load it too, and are there to be blocked.
if (isMainThread) record(process.env.LOOP_DELAY_FILE ?? '');

function record(path: string): void {
  const file = createWriteStream(path, { flags: 'a' });
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  setInterval(() => {
    if (delays.count > 0) file.write(`${Date.now()} ${Math.max(0, delays.max / 1e6 - resolutionMs).toFixed(3)}\n`);
    delays.reset();
  }, windowMs).unref();
}
