import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Cloning } from '../../../src/disk/port.ts';
import { Copies, type CopyNews, nextLookMs } from '../../../src/volume/copies.ts';
import { baseDirectory, cloneSource, volumeName } from '../../support/build-views.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const source = cloneSource();
const progress = (copiedBytes: number, entries = 1) => ({ copiedBytes, totalBytes: undefined, entries });
const copying = (copiedBytes: number): Cloning => ({ state: 'copying', progress: progress(copiedBytes) });
const whole = (isNew: boolean): Cloning => ({
  state: 'done',
  directory: { path: '/base/a', baseDirectory },
  progress: progress(isNew ? 10 : 0),
  skipped: isNew ? 3 : 0,
  isNew,
});

/** The copies of a process, and what a look at one of them finds after some seconds. */
function newCopies() {
  const copies = new Copies();
  const look = (cloning: Cloning, afterSeconds = 0): CopyNews => {
    vi.advanceTimersByTime(afterSeconds * 1_000);
    return copies.note(volumeName, source, cloning);
  };
  return { copies, look };
}

test('an Event is due after a second, and each half a minute', () => {
  const { look } = newCopies();
  const due = [0, 0.5, 0.5, 1, 28, 1, 29, 1].map((seconds) => look(copying(0), seconds).isDue);
  expect(due).toEqual([false, false, true, false, false, true, false, true]);
});

test('each look tells what was copied since the last one', () => {
  const { look } = newCopies();
  const looks = [copying(4), copying(4), copying(9), whole(true)].map((cloning) => look(cloning, 2));
  expect(looks.map(({ newBytes }) => newBytes)).toEqual([4, 0, 5, 1]);
  expect(looks.map(({ state }) => state)).toEqual(['begun', 'goesOn', 'goesOn', 'whole']);
  expect(looks.at(-1)?.durationMs).toBe(6_000);
});

test('the longer a copy takes, the longer is the time until the next look, up to a second, or to five for one that waits', () => {
  const after = (durationMs: number, entries: number) =>
    nextLookMs({ ...newCopies().look(copying(0)), durationMs, progress: progress(0, entries) });
  expect([0, 400, 3_000, 90_000].map((durationMs) => after(durationMs, 1))).toEqual([100, 400, 1_000, 1_000]);
  expect([0, 400, 3_000, 90_000].map((durationMs) => after(durationMs, 0))).toEqual([100, 400, 3_000, 5_000]);
});

test('what a whole copy lacks is told also if the API server refuses its volume at first', () => {
  const { look } = newCopies();
  look(copying(4));
  expect([whole(true), whole(false)].map((cloning) => look(cloning).skipped)).toEqual([3, 3]);
});

test('a source is known from the beginning until the copy is forgotten', () => {
  const { copies, look } = newCopies();
  expect([copies.sourceOf(volumeName), copies.running]).toEqual([undefined, 0]);
  look(copying(0));
  expect([copies.sourceOf(volumeName), copies.running]).toEqual([source, 1]);
  look(whole(true));
  expect([copies.sourceOf(volumeName), copies.running]).toEqual([source, 0]);
  copies.forget(volumeName);
  expect(copies.sourceOf(volumeName)).toBeUndefined();
});

test('only a copy that this process made, and that it asked nobody to register, is certainly unregistered', () => {
  const { copies, look } = newCopies();
  const isUnregistered = () => copies.isUnregistered(volumeName);
  look(whole(false));
  expect(isUnregistered()).toBe(false);
  copies.forget(volumeName);
  look(copying(0));
  expect(isUnregistered()).toBe(false);
  look(whole(true));
  expect(isUnregistered()).toBe(true);
  copies.setMayBeRegistered(volumeName, true);
  expect(isUnregistered()).toBe(false);
});
