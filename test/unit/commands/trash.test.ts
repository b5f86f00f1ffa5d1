import { expect, test } from 'vitest';
import { table } from '../../../src/commands/trash.ts';
import { StorageError } from '../../../src/storage/volume-storage.ts';
import { keptFor, volumeName, volumeRecord } from '../../support/build-views.ts';

test('the trash is a table: what is kept, what is being erased, and what cannot be read', () => {
  const record = volumeRecord({ ...keptFor(3_600_000), trashedAt: '2026-11-22T11:00:00.000Z' });
  const damaged = new StorageError('RecordDamaged', 'record.json is damaged');
  const lines = table([
    { volume: volumeName, record, keptUntil: new Date('2026-11-22T12:00:00.000Z') },
    { volume: 'pvc-b', record: volumeRecord({ class: 'slow' }), keptUntil: undefined },
    { volume: 'pvc-c', record: undefined, keptUntil: undefined },
    { volume: 'pvc-d', record: damaged, keptUntil: undefined },
  ]);
  expect(lines).toEqual([
    'VOLUME       CLAIM          CLASS   REMOVED                    KEPT UNTIL',
    'pvc-aaaa-1   default/data   fast    2026-11-22T11:00:00.000Z   2026-11-22T12:00:00.000Z',
    'pvc-b        default/data   slow    -                          not kept: being erased',
    'pvc-c        -              -       -                          not kept: being erased',
    'pvc-d        -              -       -                          not erased: record.json is damaged',
  ]);
});
