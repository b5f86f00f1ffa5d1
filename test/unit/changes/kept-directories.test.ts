import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { KeptDirectories } from '../../../src/changes/kept-directories.ts';
import type { KeptGroup } from '../../../src/report/cluster-report.ts';

const ofAnother = { reason: 'AnotherCluster', cluster: 'cluster-b' } as const;
const abandoned = { reason: 'Abandoned', cluster: undefined } as const;

let told: (readonly KeptGroup[])[];
let kept: KeptDirectories;
beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  kept = new KeptDirectories({ kept: (groups) => void told.push(groups) });
});
afterEach(() => {
  kept.stop();
  vi.useRealTimers();
});

const pass = () => vi.advanceTimersByTimeAsync(60_000);

describe('directories that are kept', () => {
  test('are told of together, those of one reason and cluster in one', async () => {
    for (const volume of ['pvc-2', 'pvc-1']) kept.note(volume, ofAnother);
    kept.note('pvc-3', { ...ofAnother, cluster: 'cluster-c' });
    kept.note('pvc-4', abandoned);
    await pass();
    expect(told).toEqual([
      [
        { ...ofAnother, count: 2, example: 'pvc-1' },
        { ...ofAnother, cluster: 'cluster-c', count: 1, example: 'pvc-3' },
        { ...abandoned, count: 1, example: 'pvc-4' },
      ],
    ]);
    expect(kept.counts()).toEqual(
      new Map([
        ['AnotherCluster', 3],
        ['Abandoned', 1],
      ]),
    );
  });

  test('are told of again only when something has changed', async () => {
    kept.note('pvc-1', ofAnother);
    await pass();
    kept.note('pvc-1', ofAnother);
    await pass();
    expect(told).toHaveLength(1);
    kept.note('pvc-1', abandoned);
    await pass();
    expect(told.at(-1)).toEqual([{ ...abandoned, count: 1, example: 'pvc-1' }]);
  });

  test('are forgotten once they are not there any more, and the end is told', async () => {
    for (const volume of ['pvc-1', 'pvc-2']) kept.note(volume, abandoned);
    await pass();
    kept.keepOnly((volume) => volume === 'pvc-2');
    await pass();
    expect(told.at(-1)).toEqual([{ ...abandoned, count: 1, example: 'pvc-2' }]);
    kept.forget('pvc-2');
    await pass();
    expect(told.at(-1)).toEqual([]);
  });

  test('that come and go before they were told of are not told of', async () => {
    kept.note('pvc-1', abandoned);
    kept.forget('pvc-1');
    await pass();
    expect(told).toEqual([]);
  });
});
