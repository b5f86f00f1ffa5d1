import { setTimeout as sleep } from 'node:timers/promises';

/** A step that did not hold. Its message says what was expected, `seen` what was there instead. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
  readonly seen: string[];

  constructor(message: string, seen: string[] = []) {
    super(message);
    this.seen = seen;
  }
}

const lookEveryMs = 20;

/**
 * Waits until `missing` finds nothing that is missing.
 * @param expected what is waited for, for the message when the time is over
 * @throws {DemoFailure} when the time is over
 */
export async function waitUntilNothing(
  expected: string,
  missing: () => string[] | Promise<string[]>,
  { signal, withinMs = 30_000 }: { signal: AbortSignal; withinMs?: number },
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    signal.throwIfAborted();
    const seen = await missing();
    if (seen.length === 0) return;
    if (performance.now() > deadline) throw new DemoFailure(`${expected} (waited ${withinMs / 1_000} s)`, seen);
    await sleep(lookEveryMs, undefined, { signal });
  }
}
