import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { KeptGroup } from '../../../src/report/cluster-report.ts';
import { KeptReport } from '../../../src/report/kept-report.ts';
import type { Kept } from '../../../src/volume/notes.ts';

const ofAnother = { reason: 'AnotherCluster', cluster: 'cluster-b' } as const;
const basePath = '/mnt/ssd';
const abandoned = { reason: 'Abandoned', cluster: undefined } as const;

let told: (readonly KeptGroup[])[];
let notes: Map<string, Kept>;
let report: KeptReport;
beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  notes = new Map();
  const read = {
    *kept() {
      yield* notes;
    },
  };
  report = new KeptReport({ kept: (groups) => void told.push(groups) }, read, (volume) =>
    volume === 'pvc-5' ? '/mnt/hdd' : '/mnt/ssd',
  );
});
afterEach(() => {
  report.stop();
  vi.useRealTimers();
});

/** The notes say that these directories are kept, and nothing changes for a while. */
async function keep(kept: Record<string, Kept>): Promise<void> {
  notes = new Map(Object.entries(kept));
  report.changed();
  await vi.advanceTimersByTimeAsync(60_000);
}

describe('directories that are kept', () => {
  test('are told together, those of one reason, cluster and base directory in one', async () => {
    await keep({
      'pvc-2': ofAnother,
      'pvc-1': ofAnother,
      'pvc-3': { ...ofAnother, cluster: 'cluster-c' },
      'pvc-4': abandoned,
      'pvc-5': abandoned,
    });
    expect(told).toEqual([
      [
        { ...ofAnother, basePath, count: 2, example: 'pvc-1' },
        { ...ofAnother, cluster: 'cluster-c', basePath, count: 1, example: 'pvc-3' },
        { ...abandoned, basePath, count: 1, example: 'pvc-4' },
        { ...abandoned, basePath: '/mnt/hdd', count: 1, example: 'pvc-5' },
      ],
    ]);
  });

  test('are told again only when something has changed, and their end is told', async () => {
    for (const kept of [ofAnother, ofAnother, abandoned]) await keep({ 'pvc-1': kept });
    await keep({});
    expect(told.slice(1)).toEqual([[{ ...abandoned, basePath, count: 1, example: 'pvc-1' }], []]);
  });

  test('that come and go before they were told, or come after the end, are not told', async () => {
    notes.set('pvc-1', abandoned);
    report.changed();
    await keep({});
    report.stop();
    await keep({ 'pvc-1': abandoned });
    expect(told).toEqual([]);
  });
});
