import { expect, test } from 'vitest';
import { trashTable } from '../../../src/commands/trash-table.ts';
import { StorageError } from '../../../src/disk/port.ts';
import { keptFor, volumeName, volumeRecord } from '../../support/build-views.ts';

const cluster = '5d1f';
const { cluster: _, ...ofUnknown } = volumeRecord();
const damaged = new StorageError('RecordDamaged', 'record.json is damaged');

test('the trash and what nobody uses in the base directory are one table', () => {
  const record = volumeRecord({ cluster, ...keptFor(3_600_000), trashedAt: '2026-11-22T11:00:00.000Z' });
  const ofAnother = volumeRecord({ cluster: 'b33f' });
  const usedBy = { namespace: 'a', name: 'b' };
  const lines = trashTable(
    [
      { volume: volumeName, record, keptUntil: new Date('2026-11-22T12:00:00.000Z') },
      { volume: 'pvc-b', record: { ...ofUnknown, class: 'slow' }, keptUntil: undefined },
      { volume: 'pvc-c', record: undefined, keptUntil: undefined },
      { volume: 'pvc-d', record: damaged, keptUntil: undefined },
    ],
    [
      { volume: 'pvc-e', record: ofAnother, kept: 'AnotherCluster' },
      { volume: 'pvc-f', record: ofAnother, kept: 'AnotherCluster', usedBy },
      { volume: 'pvc-g', record: ofUnknown, kept: 'ClusterUnknown' },
      { volume: 'pvc-h', record: volumeRecord({ cluster }), kept: 'Abandoned' },
      { volume: 'pvc-i', record: volumeRecord({ cluster }), kept: undefined },
      { volume: 'pvc-j', record: damaged, kept: undefined },
    ],
    cluster,
  );
  expect(lines).toEqual([
    'VOLUME       CLAIM          CLASS   CLUSTER   STATE',
    'pvc-aaaa-1   default/data   fast    this      removed 2026-11-22T11:00:00.000Z, kept until 2026-11-22T12:00:00.000Z',
    'pvc-b        default/data   slow    -         removed, being erased',
    'pvc-c        -              -       -         removed, being erased',
    'pvc-d        -              -       -         removed, not erased: record.json is damaged',
    'pvc-e        default/data   fast    b33f      in its place, of another cluster',
    'pvc-f        default/data   fast    b33f      in its place, of another cluster; claim a/b has it here',
    'pvc-g        default/data   fast    -         in its place, of an unknown cluster',
    'pvc-h        default/data   fast    this      in its place, without claim and volume',
    'pvc-i        default/data   fast    this      in its place',
    'pvc-j        -              -       -         in its place: record.json is damaged',
  ]);
});
