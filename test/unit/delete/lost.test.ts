import { describe, expect, test } from 'vitest';
import { decideDelete } from '../../../src/delete/decide.ts';
import { StorageError, type StorageReason } from '../../../src/disk/port.ts';
import type { Volume } from '../../../src/model/volume.ts';
import { basePath, volumeName, volumeRecord, volumeView } from '../../support/build-views.ts';

type Changes = NonNullable<Parameters<typeof volumeView>[0]>;

/** The decision on a volume that a claim is bound to. */
const decide = (disk: Changes['disk'], volume: Partial<Volume> = {}) =>
  decideDelete(volumeView({ volume: { phase: 'Bound', ...volume }, ...(disk && { disk }) }));

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
    expect(decide(disk, volume)).toMatchObject({ action: 'report', reason });
  });
});

test('a volume whose directory is there under another label is told how a person says that it is the same', () => {
  const volume: Partial<Volume> = { baseDirectoryId: 'base-2' };
  const told = decide({ place: 'base' }, volume);
  const command = `kubectl annotate pv ${volumeName} hostpath-provisioner/base-directory-id=base-1 --overwrite`;
  expect(told).toMatchObject({ message: expect.stringContaining(command) });
  const stuck = decide({ place: 'base' }, { ...volume, phase: 'Released' });
  expect(stuck).toMatchObject({ action: 'fail', error: { message: expect.stringContaining(command) } });
  expect(decide(nowhere, volume)).toMatchObject({ message: expect.not.stringContaining('annotate') });
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
    expect(decide(disk, volume).action).not.toBe('report');
  });
});

describe('what a user is told of a lost directory', () => {
  test('where it was, and both ways out', () => {
    expect(decide(nowhere)).toHaveProperty(
      'message',
      `${basePath}/${volumeName} does not exist any more: restore it from a backup; if it is lost for good, delete the claim`,
    );
  });

  test('which base directory it was in, and how to let the volume go, in commands to copy', () => {
    expect(decide(nowhere, { baseDirectoryId: 'base-2' })).toHaveProperty(
      'message',
      expect.stringMatching(
        /with id base-2, but .* has id base-1 now: mount .*or restore it; .*kubectl delete pv pvc-aaaa-1 --wait=false; kubectl patch pv pvc-aaaa-1 .*finalizers":null/,
      ),
    );
  });
});

describe('a released volume whose directory is not there counts as deleted', () => {
  const released = (volume: Partial<Volume>, disk: Exclude<Changes['disk'], StorageError | undefined>) =>
    decideDelete(volumeView({ volume, disk: { place: 'nowhere', ...disk } }));

  test.each<[string, Partial<Volume>, { record?: undefined }, string]>([
    ['in its base directory', {}, {}, 'delete'],
    ['in its base directory, without record', {}, { record: undefined }, 'delete'],
    ['but not in another', { baseDirectoryId: 'base-2' }, { record: undefined }, 'fail'],
    ['where the journal knows it, if it does not say which', { baseDirectoryId: undefined }, {}, 'delete'],
    ['but not where nothing knows it', { baseDirectoryId: undefined }, { record: undefined }, 'fail'],
  ])('%s', (_, volume, disk, action) => {
    expect(released(volume, { record: volumeRecord(), ...disk }).action).toBe(action);
  });
});
