import { expect, test, vi } from 'vitest';
import { LostVolumes, tellLossAgainMs } from '../../../src/delete/lost-volumes.ts';

const report = (reason: string) => ({ action: 'report', reason, message: 'restore it' }) as const;
const inUse = { action: 'ignore', reason: 'InUse' } as const;

test('volumes are counted by the reason that they were last reported for, until they are not reported', () => {
  const lost = new LostVolumes();
  lost.note('pvc-1', report('DirectoryMissing'));
  lost.note('pvc-2', report('DirectoryMissing'));
  lost.note('pvc-3', report('DirectoryMissing'));
  lost.note('pvc-3', report('AnotherBaseDirectory'));
  expect(lost.counts()).toEqual(
    new Map([
      ['DirectoryMissing', 2],
      ['AnotherBaseDirectory', 1],
    ]),
  );
  for (const name of ['pvc-1', 'pvc-2']) lost.note(name, inUse);
  expect([...lost.names]).toEqual(['pvc-3']);
  expect(['pvc-1', 'pvc-3'].map((name) => lost.has(name))).toEqual([false, true]);
  expect(lost.counts()).toEqual(new Map([['AnotherBaseDirectory', 1]]));
});

test('a loss is news when it is found, when it is another one, and again after ten minutes', () => {
  vi.useFakeTimers();
  const lost = new LostVolumes();
  const looks = ['DirectoryMissing', 'DirectoryMissing', 'AnotherBaseDirectory', 'AnotherBaseDirectory'];
  expect(looks.map((reason) => lost.note('pvc-1', report(reason)))).toEqual([true, false, true, false]);
  vi.advanceTimersByTime(tellLossAgainMs);
  expect(lost.note('pvc-1', report('AnotherBaseDirectory'))).toBe(true);
  expect(lost.note('pvc-1', inUse)).toBe(false);
  expect(lost.note('pvc-1', report('AnotherBaseDirectory'))).toBe(true);
  vi.useRealTimers();
});
