import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until `check` returns something, and returns that. A check that throws is tried again.
 * @param what for the message when the time is over, together with what the check said last
 */
export async function until<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
  { withinMs = 40_000, everyMs = 25 }: { withinMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let last = 'nothing';
  do {
    try {
      const found = await check();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await sleep(everyMs);
  } while (Date.now() < deadline);
  throw new Error(`not within ${withinMs} ms: ${what} (last: ${last})`);
}
