import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

/** Nothing for so long means that whatever was under way is over, also Events, which go out slowly. */
const settledMs = 5_000;

/** Reads until the answer has not changed for a while, and returns it. */
export async function untilUnchanged<Answer>(read: () => Answer | Promise<Answer>): Promise<Answer> {
  let last = await read();
  for (;;) {
    await sleep(settledMs);
    const now = await read();
    if (isDeepStrictEqual(now, last)) return now;
    last = now;
  }
}
