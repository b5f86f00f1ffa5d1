import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Shortages } from '../../../src/provision/shortages.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a shortage counts until there was space, or until nobody has met it for two minutes', () => {
  const shortages = new Shortages();
  shortages.note('pvc-1', 'no space');
  shortages.note('pvc-2', 'no inodes');
  expect([shortages.messageOf('pvc-1'), shortages.messageOf('pvc-3')]).toEqual(['no space', undefined]);
  shortages.forget('pvc-1');
  expect(shortages.messageOf('pvc-1')).toBeUndefined();
  vi.advanceTimersByTime(119_999);
  expect(shortages.messageOf('pvc-2')).toBe('no inodes');
  vi.advanceTimersByTime(1);
  expect(shortages.messageOf('pvc-2')).toBeUndefined();
});
