import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Doubts } from '../../../src/provision/doubts.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a volume is in doubt for as long as an API server may go on with a call, and no other is', () => {
  const doubts = new Doubts();
  doubts.note('pvc-1');
  expect(doubts.remainingMs('pvc-1')).toBe(60_000);
  expect(doubts.remainingMs('pvc-2')).toBe(0);
  vi.advanceTimersByTime(59_999);
  expect(doubts.remainingMs('pvc-1')).toBe(1);
  vi.advanceTimersByTime(1);
  expect(doubts.remainingMs('pvc-1')).toBe(0);
});

test('another call that was not answered begins the time anew', () => {
  const doubts = new Doubts();
  doubts.note('pvc-1');
  vi.advanceTimersByTime(40_000);
  doubts.note('pvc-1');
  vi.advanceTimersByTime(40_000);
  expect(doubts.remainingMs('pvc-1')).toBe(20_000);
});

test('a doubt that is over does not come back', () => {
  const doubts = new Doubts();
  doubts.note('pvc-1');
  vi.advanceTimersByTime(3_600_000);
  expect([doubts.remainingMs('pvc-1'), doubts.remainingMs('pvc-1')]).toEqual([0, 0]);
});
