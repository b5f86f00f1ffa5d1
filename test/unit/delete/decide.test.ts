import { describe, expect, test } from 'vitest';
import { decideDelete } from '../../../src/delete/decide.ts';
import { StorageError } from '../../../src/disk/port.ts';
import type { Volume } from '../../../src/model/volume.ts';
import { basePath, reference, volumeRecord, volumeView } from '../../support/build-views.ts';

type Changes = NonNullable<Parameters<typeof volumeView>[0]>;

const retained = volumeRecord({ reclaimPolicy: 'Retain' });
const unusable = new StorageError('BaseDirectoryMissing', `${basePath} does not exist`);
const bound = { phase: 'Bound' };

describe('decideDelete, of a volume', () => {
  /** Every condition that keeps a volume of ours from being deleted, in the order in which they are looked at. */
  const ways: [condition: string, changes: Changes, action: string, reason: string][] = [
    [
      'Kubernetes does not wait for us',
      { volume: { deleting: true, hasFinalizer: false } },
      'ignore',
      'NotWaitingForUs',
    ],
    ['it is in use', { volume: bound }, 'ignore', 'InUse'],
    ['its name is not one of ours', { volume: { name: 'foo' } }, 'refuse', 'NameNotOurs'],
    ['the base directory cannot be used', { disk: unusable }, 'fail', 'BaseDirectoryMissing'],
    ['it is to be kept, and that is not noted', { volume: { reclaimPolicy: 'Retain' } }, 'retain', 'PolicyRetain'],
    ['Kubernetes would not wait for us', { volume: { hasFinalizer: false } }, 'protect', 'PolicyDelete'],
    ['its claim lives', { livingClaim: reference }, 'wait', 'ClaimLives'],
    ['its path is not ours', { volume: { path: '/etc' } }, 'refuse', 'PathNotOurs'],
    ['it lies on another disk', { volume: { baseDirectoryId: 'base-2' } }, 'fail', 'AnotherBaseDirectory'],
    ['its directory has no record', { disk: { record: undefined } }, 'fail', 'NoRecord'],
  ];

  test.each(ways)('when %s', (_, changes, action, reason) => {
    expect(decideDelete(volumeView(changes))).toMatchObject({ action, reason });
  });

  test('of two conditions, the one that is looked at first decides', () => {
    const pairs = ways.flatMap((first, index) => ways.slice(index + 1).map((second) => [first, second] as const));
    const compatible = pairs.filter(
      ([[, a], [, b]]) => !contradict(a.volume, b.volume) && !(a.disk !== undefined && b.disk !== undefined),
    );
    for (const [first, second] of compatible) {
      const [, changes, action, reason] = first;
      // Use and deletion are no matter to a volume that is to be kept, nor is a finalizer to one without record, nor use
      // to one that may vanish any time.
      if (['NotWaitingForUs', 'InUse'].includes(reason) && second[3] === 'PolicyRetain') continue;
      if (reason === 'PolicyRetain' && second[3] === 'AnotherBaseDirectory') continue; // below, of a volume to be kept
      if (reason === 'InUse' && second[3] === 'PolicyDelete') continue;
      // That a volume in use has lost its directory comes before everything (lost.test.ts).
      if (reason === 'InUse' && ['BaseDirectoryMissing', 'AnotherBaseDirectory'].includes(second[3])) continue;
      if (reason === 'PolicyDelete' && second[3] === 'NoRecord') continue;
      const view = volumeView({ ...second[1], ...changes, ...merged(second[1], changes) });
      const both = { first: first[0], second: second[0] };
      expect({ ...both, ...decideDelete(view) }).toMatchObject({ ...both, action, reason });
    }
    expect(compatible.length).toBeGreaterThan(30);
  });

  test.each([
    ['is released', {}, 'Released'],
    ['is being deleted', { volume: { deleting: true } }, 'Deleting'],
    [
      'is being deleted although it was bound when its claim vanished',
      { volume: { ...bound, deleting: true } },
      'Deleting',
    ],
    ['was made under the other provisioner name', { volume: { provisionedBy: 'example.com/hostpath' } }, 'Released'],
    [
      'has neither finalizer nor record nor directory',
      { volume: { hasFinalizer: false }, disk: { place: 'nowhere', record: undefined } },
      'Released',
    ],
    ['was half deleted before a crash', { disk: { place: 'trash' } }, 'Released'],
    ['was erased before its object went', { disk: { place: 'nowhere', record: undefined } }, 'Released'],
    ['lost its directory', { disk: { place: 'nowhere' } }, 'Released'],
    ['does not know its base directory', { volume: { baseDirectoryId: undefined } }, 'Released'],
  ] satisfies [string, Changes, string][])('deletes one that %s', (_, changes, reason) => {
    expect(decideDelete(volumeView(changes))).toEqual({ action: 'delete', reason });
  });

  test.each([
    ['is Available', { phase: 'Available' }],
    ['is Pending', { phase: 'Pending' }],
    ['has no phase yet', { phase: undefined }],
    ['has a phase that does not exist', { phase: 'released' }],
  ])('leaves one alone that %s', (_, volume) => {
    expect(decideDelete(volumeView({ volume }))).toEqual({ action: 'ignore', reason: 'InUse' });
  });

  const unprotected: [string, Partial<Volume>][] = [
    ['in use', { ...bound, hasFinalizer: false }],
    ['released', { hasFinalizer: false }],
  ];

  test.each(unprotected)(
    'has Kubernetes wait for us before anything else, when it is %s and we know it',
    (_, volume) => {
      const view = volumeView({ volume: { ...volume, path: '/etc' }, livingClaim: reference });
      expect(decideDelete(view)).toEqual({ action: 'protect', reason: 'PolicyDelete' });
    },
  );

  test.each(unprotected)(
    'does not have Kubernetes wait for what we do not know, and would not delete, when it is %s',
    (_, volume) => {
      for (const place of ['base', 'trash', 'nowhere'] as const) {
        const view = volumeView({ volume, disk: { record: undefined, place } });
        expect(decideDelete(view).action).not.toBe('protect');
      }
    },
  );

  test('without our finalizer in use and without record, is left alone', () => {
    const view = volumeView({ volume: { ...bound, hasFinalizer: false }, disk: { record: undefined } });
    expect(decideDelete(view)).toEqual({ action: 'ignore', reason: 'InUse' });
  });

  test('asks again about a claim that lives, because nothing tells us when it dies', () => {
    expect(decideDelete(volumeView({ livingClaim: reference }))).toHaveProperty('afterMs', 10_000);
  });
});

describe('decideDelete, of a volume that is to be kept', () => {
  test('keeps nothing under a name that is not ours, which leads nowhere', () => {
    const view = volumeView({ volume: { name: '../x', reclaimPolicy: 'Retain' } });
    expect(decideDelete(view)).toMatchObject({ action: 'refuse', reason: 'NameNotOurs' });
  });

  test('waits for the base directory that it lies in, whose journal is to note it', () => {
    const volume = { reclaimPolicy: 'Retain', baseDirectoryId: 'base-2' };
    expect(decideDelete(volumeView({ volume }))).toMatchObject({ action: 'fail', reason: 'AnotherBaseDirectory' });
    expect(decideDelete(volumeView({ volume: { ...volume, hasFinalizer: false } })).action).not.toBe('fail');
  });

  test('waits for a base directory that cannot be used: nothing is noted there', () => {
    const view = volumeView({ volume: { reclaimPolicy: 'Retain' }, disk: unusable });
    expect(decideDelete(view)).toMatchObject({ action: 'fail', reason: 'BaseDirectoryMissing' });
  });

  test.each([
    ['notes it and lets go', { hasFinalizer: true }, volumeRecord(), 'retain'],
    ['notes it although Kubernetes does not wait for us', { hasFinalizer: false }, volumeRecord(), 'retain'],
    ['lets go when it is noted', { hasFinalizer: true }, retained, 'retain'],
    ['lets go when there is nothing to note it on', { hasFinalizer: true }, undefined, 'retain'],
    ['does nothing when both is done', { hasFinalizer: false }, retained, 'ignore'],
    ['does nothing when there is nothing to do', { hasFinalizer: false }, undefined, 'ignore'],
    ['notes it while it is being deleted', { hasFinalizer: true, deleting: true }, volumeRecord(), 'retain'],
    ['notes it while it is in use', { hasFinalizer: true, ...bound }, volumeRecord(), 'retain'],
  ])('%s', (_, changes, record, action) => {
    for (const reclaimPolicy of ['Retain', 'Recycle', undefined]) {
      const view = volumeView({ volume: { ...changes, reclaimPolicy }, disk: { record } });
      expect(decideDelete(view)).toMatchObject({ action });
    }
  });
});

describe('what a user is told', () => {
  test.each([
    [{ volume: { name: 'foo' } }, /"foo" is not a name .*Remove by hand/],
    [{ volume: { path: '/etc' } }, /its path is "\/etc", but .*nothing was removed/],
    [{ volume: { path: undefined } }, /its path is ""/],
  ] satisfies [Changes, RegExp][])('of %j', (changes, message) => {
    expect(decideDelete(volumeView(changes))).toHaveProperty('message', expect.stringMatching(message));
  });

  test('of another disk: which it was, which it is, and what to do', () => {
    expect(
      decideDelete(volumeView({ volume: { baseDirectoryId: 'base-2' }, disk: { place: 'nowhere' } })),
    ).toHaveProperty(
      'error.message',
      expect.stringMatching(/id base-2, but .* has id base-1 now: mount the disk that was there/),
    );
  });
});

/** Whether two changes cannot be made together: one of them would hide the other. */
function contradict(a: object | undefined, b: object | undefined): boolean {
  return a !== undefined && b !== undefined && Object.keys(a).some((key) => key in b);
}

function merged(a: Changes, b: Changes): Pick<Changes, 'volume'> {
  return a.volume === undefined && b.volume === undefined ? {} : { volume: { ...a.volume, ...b.volume } };
}
