import { describe, expect, test } from 'vitest';
import { decideDelete } from '../../../src/delete/decide.ts';
import { StorageError } from '../../../src/disk/port.ts';
import type { Volume } from '../../../src/model/volume.ts';
import { basePath, reference, volumeRecord, volumeView } from '../../support/build-views.ts';

type Changes = NonNullable<Parameters<typeof volumeView>[0]>;

const retained = volumeRecord({ reclaimPolicy: 'Retain' });
const unusable = new StorageError('BaseDirectoryMissing', `${basePath} does not exist`);

test('decideDelete does not ask the disk about a name that we never gave, so that a forged volume leaves no failure', () => {
  const view = volumeView({ volume: undefined, disk: unusable });
  expect(decideDelete({ ...view, name: 'forged' })).toEqual({ action: 'ignore', reason: 'NotOurs' });
  expect(decideDelete(view)).toMatchObject({ action: 'fail' });
});

describe('decideDelete, of what a volume left behind', () => {
  const without: [string, Partial<Volume> | undefined, reason: string][] = [
    ['the volume is gone', undefined, 'VolumeGone'],
    ["the volume is another node's", { identity: 'node-b' }, 'NotOurs'],
    ['the volume is of another provisioner', { provisionedBy: 'theirs' }, 'NotOurs'],
    [
      'the volume does not say who made it',
      { identity: undefined, provisionedBy: undefined, hasFinalizer: false },
      'NotOurs',
    ],
    [
      'another volume is being deleted without waiting for us',
      { identity: 'node-b', deleting: true, hasFinalizer: false },
      'NotOurs',
    ],
  ];

  describe.each(without)('when %s', (_, volume, reason) => {
    const left = (disk: NonNullable<Changes['disk']>, changes: Changes = {}) =>
      decideDelete(volumeView({ volume, disk, ...changes }));

    test.each<[string, Changes['disk'] & object, object]>([
      ['nothing at all', { record: undefined, place: 'nowhere' }, { action: 'ignore', reason }],
      ['a directory that is not ours', { record: undefined, place: 'base' }, { action: 'ignore', reason }],
      [
        'trash is erased although its record is gone',
        { record: undefined, place: 'trash' },
        { action: 'erase', reason },
      ],
      ['trash is erased', { place: 'trash' }, { action: 'erase', reason }],
      ['trash is erased although it was to be kept', { record: retained, place: 'trash' }, { action: 'erase', reason }],
      ['a directory that is to be kept', { record: retained, place: 'base' }, { action: 'ignore', reason: 'Retained' }],
      [
        'a record of what was to be kept is forgotten once both volume and directory are gone',
        { record: retained, place: 'nowhere' },
        volume === undefined ? { action: 'forget', reason: 'DirectoryGone' } : { action: 'ignore', reason: 'Retained' },
      ],
      [
        "another node's directory, on a disk that moved or is shared",
        { record: volumeRecord({ node: 'node-b' }), place: 'base' },
        { action: 'ignore', reason },
      ],
      ['a directory is for its claim to say', { place: 'base' }, { action: 'askClaim', reason, claim: reference }],
      [
        'a record without directory is for its claim to say',
        { place: 'nowhere' },
        { action: 'askClaim', reason, claim: reference },
      ],
    ])('%s', (_, disk, decision) => {
      expect(left(disk)).toEqual(decision);
      expect(left(disk, { livingClaim: reference })).toEqual(decision);
    });

    test('the claim that is asked is the one of the record, not one that the volume names', () => {
      const claim = { namespace: 'other', name: 'other', uid: 'other' };
      expect(left({ record: volumeRecord({ claim }) })).toMatchObject({ action: 'askClaim', claim });
    });

    test('a base directory that cannot be used proves nothing', () => {
      const unproven =
        volume === undefined
          ? { action: 'fail', reason: 'BaseDirectoryMissing', error: unusable }
          : { action: 'ignore', reason };
      expect(left(unusable)).toEqual(unproven);
    });
  });
});
