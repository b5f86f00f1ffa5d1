import { expect, test } from 'vitest';
import { contentOf, type FoundDirectories } from '../../../src/commands/node-directories.ts';
import { StorageError } from '../../../src/disk/port.ts';
import type { VolumeRecord } from '../../../src/model/volume-record.ts';
import { keptFor, template, volumeRecord } from '../../support/build-views.ts';

const place = { pool: 'ssd', path: '/ssd' };
const nothing: FoundDirectories = { trash: [], inPlace: [], cluster: '5d1f', unknownUse: undefined, orphans: [] };
const claim = { namespace: 'default', name: 'data' };
const owner = { claim, class: 'fast', cluster: '5d1f', capacity: '1Gi' };
const { cluster: _, ...earlier } = volumeRecord();
const record: VolumeRecord = { ...earlier, cluster: '5d1f', template };
const damaged = new StorageError('RecordDamaged', 'record.json is damaged');

const content = (found: Partial<FoundDirectories>) => contentOf(place, { ...nothing, ...found });

test('a base directory that cannot be read has empty lists, and says why', () => {
  expect(contentOf(place, { problem: 'mount it' })).toStrictEqual({
    ...place,
    problem: 'mount it',
    trash: [],
    kept: [],
    orphans: [],
  });
});

test('orphans are listed by name, and it is said why kept directories may be in use', () => {
  expect(content({ orphans: ['a'], unknownUse: 'no answer' })).toStrictEqual({
    ...place,
    trash: [],
    kept: [],
    useUnknown: 'no answer',
    orphans: ['a'],
  });
});

test.each<[string, FoundDirectories['trash'][number], object]>([
  [
    'that is kept for a while has its owner and its times',
    {
      volume: 'pvc-1',
      record: { ...record, ...keptFor(1), trashedAt: '2026-11-22T11:00:00.000Z' },
      keptUntil: new Date('2026-11-22T12:00:00.000Z'),
    },
    { ...owner, removedAt: '2026-11-22T11:00:00.000Z', keptUntil: '2026-11-22T12:00:00.000Z' },
  ],
  ['that is being erased has its owner', { volume: 'pvc-1', record, keptUntil: undefined }, owner],
  [
    'whose record is erased already has its name alone',
    { volume: 'pvc-1', record: undefined, keptUntil: undefined },
    {},
  ],
  [
    'whose record cannot be read says so',
    { volume: 'pvc-1', record: damaged, keptUntil: undefined },
    { problem: 'record.json is damaged' },
  ],
])('a volume in the trash %s', (_, entry, shown) => {
  expect(content({ trash: [entry] }).trash).toStrictEqual([{ volume: 'pvc-1', ...shown }]);
});

test.each<[string, FoundDirectories['inPlace'][number], object]>([
  [
    'of another cluster says who has it here',
    { volume: 'pvc-1', record, kept: 'AnotherCluster', usedBy: { namespace: 'a', name: 'b' } },
    { ...owner, reason: 'AnotherCluster', usedBy: { namespace: 'a', name: 'b' } },
  ],
  [
    'of an earlier version may have neither cluster nor size',
    { volume: 'pvc-1', record: earlier, kept: 'ClusterUnknown' },
    { claim, class: 'fast', reason: 'ClusterUnknown' },
  ],
  ['that may be in use has no reason', { volume: 'pvc-1', record, kept: undefined }, owner],
  [
    'whose record cannot be read says so',
    { volume: 'pvc-1', record: damaged, kept: undefined },
    { problem: 'record.json is damaged' },
  ],
])('a directory in its place %s', (_, directory, shown) => {
  expect(content({ inPlace: [directory] }).kept).toStrictEqual([{ volume: 'pvc-1', ...shown }]);
});
