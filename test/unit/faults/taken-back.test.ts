import { expect, test } from 'vitest';
import type { ReportLine } from '../../faults/agent/plan.ts';
import { takenBack } from '../../faults/oracles/taken-back.ts';
import type { HistoryEntry } from '../../faults/proxy/fault-proxy.ts';

const directory = '/base/pvc-1';
const removedAt = (atMs: number, code?: string): ReportLine => ({
  life: 1,
  kind: 'fs',
  label: 'rmdir',
  nth: 1,
  path: directory,
  event: 'end',
  atMs,
  ...(code !== undefined && { code }),
});
const registeredAt = (atMs: number, status = 201) =>
  ({ request: { label: 'POST persistentvolumes', name: 'pvc-1' }, upstream: { status }, atMs }) as HistoryEntry;
const holder = (letGoAtMs?: number) => ({ directory, volume: 'pvc-1', letGoAtMs });

test('a directory that is removed after its volume was registered, and before anybody let go of it, is found', () => {
  expect(takenBack([removedAt(20)], [registeredAt(10)], [holder()])).toHaveLength(1);
  expect(takenBack([removedAt(20)], [registeredAt(10)], [holder(30)])).toHaveLength(1);
});

test('so is one that only what a pod wrote kept from being removed', () => {
  expect(takenBack([removedAt(20, 'ENOTEMPTY')], [registeredAt(10)], [holder()])).toHaveLength(1);
});

test.each([
  ['it was not there', [removedAt(20, 'ENOENT')], [registeredAt(10)], [holder()]],
  ['the volume was refused', [removedAt(20)], [registeredAt(10, 422)], [holder()]],
  ['the volume came later', [removedAt(20)], [registeredAt(30)], [holder()]],
  ['the user had let go', [removedAt(20)], [registeredAt(10)], [holder(15)]],
  ['it is nobody’s', [removedAt(20)], [registeredAt(10)], []],
])('nothing is found when %s', (_, lines, history, holders) => {
  expect(takenBack(lines, history, holders)).toEqual([]);
});
