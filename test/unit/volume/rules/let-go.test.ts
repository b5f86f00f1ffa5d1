import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../../src/disk/port.ts';
import type { Volume } from '../../../../src/model/volume.ts';
import type { VolumeRecord } from '../../../../src/model/volume-record.ts';
import { decide } from '../../../../src/volume/decide.ts';
import { basePath, ownCluster, reference, volumeName, volumeRecord, volumeView } from '../../../support/build-views.ts';

type Changes = NonNullable<Parameters<typeof volumeView>[0]>;

const unusable = new StorageError('BaseDirectoryMissing', 'mount it');
const unrecorded = { record: undefined };

describe('a volume that is to go', () => {
  test.each<[string, Changes, string]>([
    ['is released', {}, 'Released'],
    ['is being deleted', { volume: { deleting: true } }, 'Deleting'],
    [
      'is being deleted although it was bound when its claim vanished',
      { volume: { phase: 'Bound', deleting: true } },
      'Deleting',
    ],
    ['is being deleted after Kubernetes gave up on it', { volume: { phase: 'Failed', deleting: true } }, 'Deleting'],
    ['was made under the other provisioner name', { volume: { provisionedBy: 'example.com/hostpath' } }, 'Released'],
    [
      'has neither finalizer nor record nor directory',
      { volume: { hasFinalizer: false }, disk: { place: 'nowhere', record: undefined } },
      'Released',
    ],
    ['was half deleted before a crash', { disk: { place: 'trash' } }, 'Released'],
    ['was erased before its object went', { disk: { place: 'nowhere', record: undefined } }, 'Released'],
    ['lost its directory', { disk: { place: 'nowhere' } }, 'Released'],
    ['does not know its base directory, but is recorded', { volume: { baseDirectoryId: undefined } }, 'Released'],
    [
      'the same, and lost its directory',
      { volume: { baseDirectoryId: undefined }, disk: { place: 'nowhere' } },
      'Released',
    ],
  ])('is deleted when it %s', (_, changes, reason) => {
    expect(decide(volumeView(changes))).toEqual({ action: 'delete', reason });
  });

  const lostElsewhere = { place: 'nowhere', record: undefined } as const;

  /** What keeps it from being deleted. What a user is told names what matters. */
  test.each<[condition: string, changes: Changes, action: string, reason: string, told?: string]>([
    [
      'Kubernetes does not wait for us',
      { volume: { deleting: true, hasFinalizer: false } },
      'ignore',
      'NotWaitingForUs',
    ],
    ['its name is not one of ours', { volume: { name: 'foo' } }, 'refuse', 'NameNotOurs', '"foo"'],
    ['its name leads elsewhere', { volume: { name: '../x', reclaimPolicy: 'Retain' } }, 'refuse', 'NameNotOurs'],
    ['the disk cannot be used', { disk: unusable }, 'fail', 'BaseDirectoryMissing', 'mount it'],
    ['Kubernetes would not wait for us', { volume: { hasFinalizer: false } }, 'protect', 'PolicyDelete'],
    ['its claim lives', { livingClaim: reference }, 'wait', 'ClaimLives'],
    ['its path is not ours', { volume: { path: '/etc' } }, 'refuse', 'PathNotOurs', '"/etc"'],
    ['it has no path', { volume: { path: undefined } }, 'refuse', 'PathNotOurs', '""'],
    ['its disk was replaced', { volume: { baseDirectoryId: 'base-2' } }, 'fail', 'AnotherBaseDirectory', 'id base-2'],
    [
      'its disk was replaced, and it has no directory here',
      { volume: { baseDirectoryId: 'base-2' }, disk: lostElsewhere },
      'fail',
      'AnotherBaseDirectory',
      `kubectl delete pv ${volumeName}`,
    ],
    ['its directory has no record', { disk: unrecorded }, 'fail', 'NoRecord', `${basePath}/${volumeName}`],
    [
      'nothing proves that its directory is gone',
      { volume: { baseDirectoryId: undefined }, disk: lostElsewhere },
      'fail',
      'NoRecord',
      basePath,
    ],
  ])('stays when %s', (_, changes, action, reason, told = '') => {
    const decision = decide(volumeView(changes));
    expect(decision).toMatchObject({ action, reason });
    if ('message' in decision) expect(decision.message).toContain(told);
  });

  test('is asked about again while its claim lives, because nothing tells when it goes', () => {
    expect(decide(volumeView({ livingClaim: reference }))).toHaveProperty('afterMs', 10_000);
  });

  test.each([
    ['is Available', { phase: 'Available' }],
    ['is Pending', { phase: 'Pending' }],
    ['is in use', { phase: 'Bound' }],
    ['has no phase yet', { phase: undefined }],
    ['has a phase that does not exist', { phase: 'released' }],
  ])('is another one than one that %s', (_, volume) => {
    expect(decide(volumeView({ volume }))).toEqual({ action: 'ignore', reason: 'InUse' });
  });
});

describe('a volume of ours whose directory is', () => {
  const { cluster: _, ...unnamed } = volumeRecord();
  const judge = (volume: Partial<Volume>, record: VolumeRecord, own: string | undefined = ownCluster) =>
    decide(volumeView({ volume, disk: { record }, ownCluster: own }));

  test.each<[string, Partial<Volume>]>([
    ['released', {}],
    ['being deleted', { deleting: true }],
    ['to be kept, and being deleted', { deleting: true, reclaimPolicy: 'Retain' }],
    ['half deleted', { deleting: true, phase: 'Bound' }],
  ])('of another cluster: one that is %s fails, and says how to let it go', (_, changes) => {
    const decision = judge(changes, volumeRecord({ cluster: 'cluster-b' }));
    expect(decision).toMatchObject({ action: 'fail', reason: 'AnotherCluster' });
    for (const part of [`${basePath}/${volumeName}`, 'cluster-b', `kubectl patch pv ${volumeName}`]) {
      expect(decision).toHaveProperty('message', expect.stringContaining(part));
    }
  });

  test.each<[string, Partial<Volume>]>([
    ['in use', { phase: 'Bound' }],
    ['in use without our finalizer', { phase: 'Bound', hasFinalizer: false }],
    ['in use without our label', { phase: 'Bound', nodeLabel: undefined }],
    ['to be kept', { reclaimPolicy: 'Retain' }],
  ])('of another cluster: one that is %s is left as it is', (_, changes) => {
    expect(judge(changes, volumeRecord({ cluster: 'cluster-b' })).action).toBe('ignore');
  });

  test.each([
    ['of no known cluster', unnamed, ownCluster],
    ['of a cluster that we cannot compare with ours', volumeRecord(), undefined],
  ])('%s: the volume itself proves that it is ours', (_, record, own) => {
    expect(judge({}, record, own)).toEqual({ action: 'delete', reason: 'Released' });
  });
});
