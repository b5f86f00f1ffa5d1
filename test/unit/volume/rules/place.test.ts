import { describe, expect, test } from 'vitest';
import { StorageError, type StorageReason } from '../../../../src/disk/port.ts';
import type { Volume } from '../../../../src/model/volume.ts';
import { decide } from '../../../../src/volume/decide.ts';
import { basePath, volumeName, volumeView } from '../../../support/build-views.ts';

type Changes = NonNullable<Parameters<typeof volumeView>[0]>;

/** The decision on a volume that a claim is bound to. */
const judge = (disk: Changes['disk'], volume: Partial<Volume> = {}) =>
  decide(volumeView({ volume: { phase: 'Bound', ...volume }, ...(disk && { disk }) }));

const nowhere = { place: 'nowhere' } as const;
const unusable = (reason: StorageReason) => new StorageError(reason, 'what to do');

describe('a volume in use is reported', () => {
  test.each<[string, Changes['disk'], Partial<Volume>, string]>([
    ['when its directory is gone', nowhere, {}, 'DirectoryMissing'],
    ['when its directory is gone, with its record', { ...nowhere, record: undefined }, {}, 'DirectoryMissing'],
    ['when its directory was moved into the trash by hand', { place: 'trash' }, {}, 'DirectoryMissing'],
    ['when its directory is gone and it is to be kept', nowhere, { reclaimPolicy: 'Retain' }, 'DirectoryMissing'],
    ['when its directory is gone and nothing protects it', nowhere, { hasFinalizer: false }, 'DirectoryMissing'],
    ['when the base directory is another one', nowhere, { baseDirectoryId: 'base-2' }, 'AnotherBaseDirectory'],
    [
      'when the base directory is another one, though a directory of its name was made there',
      { place: 'base' },
      { baseDirectoryId: 'base-2' },
      'AnotherBaseDirectory',
    ],
    ['when the base directory is gone', unusable('BaseDirectoryMissing'), {}, 'BaseDirectoryMissing'],
    ['when a file is in its place', unusable('BaseDirectoryNotADirectory'), {}, 'BaseDirectoryNotADirectory'],
    ['when its disk is not mounted', unusable('BaseDirectoryNotMounted'), {}, 'BaseDirectoryNotMounted'],
    ['when another disk is mounted', unusable('BaseDirectoryReplaced'), {}, 'BaseDirectoryReplaced'],
    ["when another node's is there", unusable('BaseDirectoryOfAnotherNode'), {}, 'BaseDirectoryOfAnotherNode'],
  ])('%s', (_, disk, volume, reason) => {
    expect(judge(disk, volume)).toMatchObject({ action: 'reportLoss', reason });
  });
});

test('a volume whose directory is there under another label is told how a person says that it is the same', () => {
  const volume: Partial<Volume> = { baseDirectoryId: 'base-2' };
  const told = judge({ place: 'base' }, volume);
  const command = `kubectl annotate pv ${volumeName} hostpath-provisioner/base-directory-id=base-1 --overwrite`;
  expect(told).toMatchObject({ message: expect.stringContaining(command) });
  const stuck = judge({ place: 'base' }, { ...volume, phase: 'Released' });
  expect(stuck).toMatchObject({ action: 'fail', message: expect.stringContaining(command) });
  expect(judge(nowhere, volume)).toMatchObject({ message: expect.not.stringContaining('annotate') });
});

describe('a volume is not reported', () => {
  test.each<[string, Changes['disk'], Partial<Volume>]>([
    ['when its directory is there', {}, {}],
    [
      'when it does not say in which base directory it lies, and the directory is there',
      {},
      { baseDirectoryId: undefined },
    ],
    ['when its path is not ours', nowhere, { path: '/elsewhere' }],
    ['when its name is not ours', nowhere, { name: 'foo', path: `${basePath}/foo` }],
    ["when it is another node's", nowhere, { identity: 'node-b' }],
    ['when it is released', nowhere, { phase: 'Released' }],
    ['when nobody has it yet', nowhere, { phase: 'Available' }],
    ['when it is being deleted', nowhere, { deleting: true }],
    ['when the disk is read-only: its directory is there', unusable('ReadOnly'), {}],
    ['when the label is damaged: its directory may be there', unusable('BaseDirectoryDamaged'), {}],
    ['when the base directory is a link: kubelet follows it', unusable('BaseDirectoryIsSymbolicLink'), {}],
    ['when the disk fails: nothing is known then', unusable('StorageFailed'), {}],
  ])('%s', (_, disk, volume) => {
    expect(judge(disk, volume).action).not.toBe('reportLoss');
  });
});

test('what a user is told of a lost directory names the path, or the base directories, and the commands that let it go', () => {
  expect(judge(nowhere)).toHaveProperty('message', expect.stringContaining(`${basePath}/${volumeName}`));
  const replaced = judge(nowhere, { baseDirectoryId: 'base-2' });
  for (const part of [
    'id base-2',
    'id base-1 now',
    `kubectl delete pv ${volumeName}`,
    `kubectl patch pv ${volumeName}`,
  ]) {
    expect(replaced).toHaveProperty('message', expect.stringContaining(part));
  }
});
