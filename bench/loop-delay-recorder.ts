/**
 * Loaded into the daemon by `--import`: writes how long its event loop was held up, a line for each window of time: the
 * window's end, the longest delay in it, and for how long in all of it the thread could have run and had no processor.
 * Only inside of the process can a loop that is blocked be told from a process that answers late.
 */
import { createWriteStream, readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const windowMs = 50;
const tickMs = 1;

// Worker threads load it too, and are there to be blocked.
if (isMainThread) record(process.env.LOOP_DELAY_FILE ?? '');

/**
 * By a timer of its own. `monitorEventLoopDelay` forgets at `reset` how long it has been waiting: what blocks the loop when a
 * window ends would be in none.
 */
function record(path: string): void {
  const file = createWriteStream(path, { flags: 'a' });
  let window = { startedAt: performance.now(), delayMs: 0, waitedBefore: waitedForProcessorMs() };
  let last = performance.now();
  const tick = () => {
    const now = performance.now();
    window.delayMs = Math.max(window.delayMs, now - last - tickMs);
    last = now;
    if (now - window.startedAt < windowMs) return;
    const waited = waitedForProcessorMs();
    file.write(`${Date.now()} ${window.delayMs.toFixed(3)} ${(waited - window.waitedBefore).toFixed(3)}\n`);
    window = { startedAt: now, delayMs: 0, waitedBefore: waited };
  };
  setInterval(tick, tickMs).unref();
}

/** Of the main thread since it started; the kernel counts it in nanoseconds. */
function waitedForProcessorMs(): number {
  return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;
}
