import { expect, test } from 'vitest';
import { Throttle } from '../../../../src/disk/usage/throttle.ts';

/** A thread whose entries take the given times, in milliseconds. */
function newThread(entry: { cpuMs: number; ms: number }) {
  let cpuMs = 0;
  let nowMs = 0;
  const pauses: number[] = [];
  const throttle = new Throttle({
    cpuMs: () => cpuMs,
    nowMs: () => nowMs,
    sleep: (ms) => {
      pauses.push(ms);
      nowMs += ms;
    },
  });
  const work = (entries: number) => {
    for (let done = 0; done < entries; done++) {
      cpuMs += entry.cpuMs;
      nowMs += entry.ms;
      throttle.onEntry();
    }
  };
  return { throttle, work, pauses, share: () => cpuMs / nowMs };
}

test.each([
  ['a fast machine', { cpuMs: 0.003, ms: 0.003 }],
  ['a slow machine', { cpuMs: 0.1, ms: 0.1 }],
  ['a busy machine', { cpuMs: 0.01, ms: 0.04 }],
])('%s gives a tenth of a core', (_, entry) => {
  const { work, throttle, share } = newThread(entry);
  work(2_100);
  throttle.endTurn();
  expect(share()).toBeLessThan(0.1);
  expect(share()).toBeGreaterThan(0.07);
});

test('a slow disk is kept busy for half of the time', () => {
  const { work, pauses } = newThread({ cpuMs: 0.01, ms: 8 });
  work(400);
  expect(pauses).toEqual([1_600, 1_600].map((ms) => expect.closeTo(ms, 3)));
});

test('pauses after each 200 entries, and for the rest at the end', () => {
  const { work, throttle, pauses } = newThread({ cpuMs: 1, ms: 1 });
  work(199);
  expect(pauses).toEqual([]);
  work(1);
  expect(pauses).toEqual([2_000]);
  work(30);
  throttle.endTurn();
  expect(pauses).toEqual([2_000, 300]);
});
