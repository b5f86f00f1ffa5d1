/**
 * Loaded into the daemon by `--import`: writes how long its event loop was held up, a line for each window of time: the
 * window's end, the longest delay in it, and for how long in all of it the thread could have run and had no processor.
 * Only inside of the process can a loop that is blocked be told from a process that answers late.
 */
import { createWriteStream, readFileSync } from 'node:fs';
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
  let waitedBefore = waitedForProcessorMs();
  setInterval(() => {
    const waited = waitedForProcessorMs();
    const delayMs = delays.count === 0 ? 0 : Math.max(0, delays.max / 1e6 - resolutionMs);
    file.write(`${Date.now()} ${delayMs.toFixed(3)} ${(waited - waitedBefore).toFixed(3)}\n`);
    waitedBefore = waited;
    delays.reset();
  }, windowMs).unref();
}

/** Of the main thread since it started; the kernel counts it in nanoseconds. */
function waitedForProcessorMs(): number {
  return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;
}
