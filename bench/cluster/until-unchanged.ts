import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

/** Nothing for so long means that whatever was under way is over, also Events, which go out slowly. */
const settledMs = 5_000;
const withinMs = 600_000;

/**
 * Reads until the answer has not changed for a while, and returns it.
 * @throws {Error} that says what changes still, when it does not come to rest
 */
export async function untilUnchanged<Answer>(read: () => Answer | Promise<Answer>): Promise<Answer> {
  const deadline = performance.now() + withinMs;
  let last = await read();
  for (;;) {
    await sleep(settledMs);
    const now = await read();
    if (isDeepStrictEqual(now, last)) return now;
    if (performance.now() >= deadline) {
      throw new Error(`no rest within ${withinMs} ms: ${JSON.stringify(last)} became ${JSON.stringify(now)}`);
    }
    last = now;
  }
}
