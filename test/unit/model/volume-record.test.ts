import { expect, test } from 'vitest';
import { retentionLeftMs } from '../../../src/model/volume-record.ts';
import { keptFor, volumeRecord } from '../../support/build-views.ts';

const removed = new Date('2026-11-22T12:00:00.000Z');
const hourMs = 3_600_000;

test.each<[string, number, number]>([
  ['at the moment of its removal, all of its time is left', 0, hourMs],
  ['later, less is left', hourMs / 4, (hourMs * 3) / 4],
  ['at the end, nothing is left', hourMs, 0],
  ['after the end, less than nothing', 2 * hourMs, -hourMs],
  ['when the clock was set back, its time counts from now on', -5 * hourMs, hourMs],
])('%s', (_, afterMs, leftMs) => {
  const record = volumeRecord({ ...keptFor(hourMs), trashedAt: removed.toISOString() });
  expect(retentionLeftMs(record, removed.getTime() + afterMs)).toBe(leftMs);
});

test('a volume whose class asked for no retention is not kept', () => {
  expect(retentionLeftMs(volumeRecord({ trashedAt: removed.toISOString() }), removed.getTime())).toBe(0);
});
