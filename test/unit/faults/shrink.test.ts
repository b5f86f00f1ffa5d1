import { expect, test } from 'vitest';
import type { Schedule } from '../../faults/runs/run.ts';
import { shrink } from '../../faults/runs/shrink.ts';

const schedule: Schedule = { scenarios: ['a', 'b', 'c'], faults: ['1', '2', '3', '4'] };

test('what a violation does not need is left out', async () => {
  const fails = async ({ scenarios, faults }: Schedule) =>
    scenarios.includes('b') && faults.includes('2') && faults.includes('4');
  expect(await shrink(schedule, fails)).toEqual({ scenarios: ['b'], faults: ['2', '4'] });
});

test('a violation without any fault keeps one scenario', async () => {
  expect(await shrink(schedule, async () => true)).toEqual({ scenarios: ['c'], faults: [] });
});

test('a schedule of which everything is needed stays as it is', async () => {
  expect(await shrink(schedule, async () => false)).toEqual(schedule);
});
