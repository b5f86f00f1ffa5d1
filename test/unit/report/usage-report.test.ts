import { expect, test } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import type { EventNote } from '../../../src/kube/events/event-object.ts';
import { UsageReport } from '../../../src/report/usage-report.ts';
import { reference, volumeName } from '../../support/build-views.ts';
import { capturedLog } from '../../support/captured-log.ts';

function newReport() {
  const { log, lines } = capturedLog();
  const events: EventNote[] = [];
  return { report: new UsageReport('ssd', { log, events: { emit: (note) => void events.push(note) } }), lines, events };
}

const regarding = { kind: 'PersistentVolumeClaim', ...reference };
const mib = 2 ** 20;
const used = { volume: volumeName, claim: reference, usedBytes: 3.5 * mib, capacityBytes: mib };
const fields = { pool: 'ssd', volume: volumeName, claim: 'default/data', usedBytes: 3.5 * mib, capacityBytes: mib };

test('a claim is told that its volume uses more than its size, with the figures and the next command', () => {
  const { report, lines, events } = newReport();
  report.over(used);
  expect(lines).toMatchObject([{ level: 'warn', ...fields }]);
  expect(events).toEqual([
    {
      regarding,
      type: 'Warning',
      reason: 'VolumeOverRequest',
      message: `volume ${volumeName} uses 3.5 MiB, and its size is 1 MiB. No limit holds it, so the disk may become full for others. Remove files (du -ax in its pod lists them), or grow the claim: kubectl -n default patch pvc data -p '{"spec":{"resources":{"requests":{"storage":"4Mi"}}}}'`,
    },
  ]);
});

test('a claim is told that its volume is within its size again', () => {
  const { report, lines, events } = newReport();
  report.within({ ...used, usedBytes: 4_096 });
  expect(lines).toMatchObject([{ level: 'info', ...fields, usedBytes: 4_096 }]);
  expect(events).toEqual([
    {
      regarding,
      type: 'Normal',
      reason: 'VolumeWithinRequest',
      message: `volume ${volumeName} uses 4 KiB, and its size is 1 MiB`,
    },
  ]);
});

test('the log says what could not be counted, and why', () => {
  const { report, lines } = newReport();
  report.notCounted(volumeName, new StorageError('PermissionDenied', 'not this one'));
  expect(lines).toMatchObject([
    { level: 'warn', pool: 'ssd', what: volumeName, reason: 'PermissionDenied', message: 'not this one' },
  ]);
});
