import { expect, onTestFinished, test, vi } from 'vitest';
import { untilUnchanged } from '../../../bench/cluster/until-unchanged.ts';

// node:timers/promises is not faked with the globals.
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
}));

const fakeTime = () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
};

test('what comes to rest is returned as it is then', async () => {
  fakeTime();
  let requests = 0;
  const found = untilUnchanged(() => ({ requests: Math.min(requests++, 3) }));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await found).toEqual({ requests: 3 });
});

test('what never comes to rest is given up, and named', async () => {
  fakeTime();
  let requests = 0;
  const found = untilUnchanged(() => ({ requests: requests++ }));
  const refused = expect(found).rejects.toThrow('no rest within 600000 ms: {"requests":119} became {"requests":120}');
  await vi.advanceTimersByTimeAsync(600_000);
  await refused;
});
