import { expect, test } from 'vitest';
import { ConcurrencyLimit, type EndedCall } from '../../../../src/kube/calls/concurrency-limit.ts';

const call = (changes: Partial<EndedCall> = {}): EndedCall => ({
  beganAtMs: 0,
  endedAtMs: 5,
  turnedAway: false,
  ...changes,
});

/** Calls one after another, each begun when the last has ended. */
function after(calls: ('good' | 'slow' | 'turned away')[], limit = new ConcurrencyLimit()): ConcurrencyLimit {
  let beganAtMs = 0;
  for (const kind of calls) {
    const endedAtMs = beganAtMs + (kind === 'slow' ? 1_001 : 5);
    limit.note({ beganAtMs, endedAtMs, turnedAway: kind === 'turned away' });
    beganAtMs = endedAtMs;
  }
  return limit;
}

const times = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);

test('at first everything is asked for at once, and answers within a second leave it so', () => {
  expect(after([]).value).toBe(64);
  expect(after(times(1_000, 'good')).value).toBe(64);
  const limit = new ConcurrencyLimit();
  limit.note(call({ endedAtMs: 1_000 }));
  expect(limit.value).toBe(64);
});

test.each(['slow', 'turned away'] as const)('an answer that is %s halves it, down to four', (kind) => {
  expect([1, 2, 3, 4, 5].map((count) => after(times(count, kind)).value)).toEqual([32, 16, 8, 4, 4]);
});

test('calls that were under way when it was halved do not halve it again', () => {
  const limit = new ConcurrencyLimit();
  for (let count = 0; count < 64; count += 1) limit.note(call({ endedAtMs: 10 + count, turnedAway: true }));
  expect(limit.value).toBe(32);
  limit.note(call({ beganAtMs: 10, endedAtMs: 100, turnedAway: true }));
  expect(limit.value).toBe(16);
});

test('as many good answers as are asked for at once raise it by about one', () => {
  const low = () => after(times(4, 'turned away'));
  expect(after(times(4, 'good'), low()).value).toBe(4);
  expect(after(times(5, 'good'), low()).value).toBe(5);
  expect(after(times(2_000, 'good'), low()).value).toBeGreaterThan(60);
});
