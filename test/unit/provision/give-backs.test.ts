import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GiveBacks } from '../../../src/provision/give-backs.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the first node is given back at once, and each further one of the same claim after a longer wait', () => {
  const giveBacks = new GiveBacks();
  const waits: number[] = [];
  for (let count = 0; count < 7; count += 1) {
    const waitMs = giveBacks.waitMs('pvc-1');
    waits.push(waitMs);
    vi.advanceTimersByTime(waitMs);
    giveBacks.note('pvc-1');
  }
  expect(waits).toEqual([0, 30_000, 60_000, 120_000, 300_000, 300_000, 300_000]);
  expect(giveBacks.waitMs('pvc-2')).toBe(0);
});

test('a wait gets shorter with time, and after ten minutes without another one the claim is as new', () => {
  const giveBacks = new GiveBacks();
  giveBacks.note('pvc-1');
  vi.advanceTimersByTime(12_000);
  expect(giveBacks.waitMs('pvc-1')).toBe(18_000);
  vi.advanceTimersByTime(588_000);
  giveBacks.note('pvc-1');
  expect(giveBacks.waitMs('pvc-1')).toBe(30_000);
});
