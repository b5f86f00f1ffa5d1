import { describe, expect, test } from 'vitest';
import { type FoundOnDisk, StorageError } from '../../../../src/disk/port.ts';
import type { Claim, Resize } from '../../../../src/model/claim.ts';
import type { Class } from '../../../../src/model/class.ts';
import type { Room } from '../../../../src/model/room.ts';
import type { Volume } from '../../../../src/model/volume.ts';
import { decide } from '../../../../src/volume/decide.ts';
import type { PoolView } from '../../../../src/volume/view.ts';
import {
  cls,
  poolView,
  reference,
  template,
  volumeName,
  volumeRecord,
  volumeView,
} from '../../../support/build-views.ts';

interface Sizes {
  request: string;
  claim?: string | undefined;
  volume?: string;
  /** What the record notes; undefined: nothing, as an earlier version wrote it. */
  record?: string | undefined;
}

interface Changes {
  claim?: Partial<Claim>;
  resize?: Partial<Resize>;
  volume?: Partial<Volume>;
  disk?: Partial<FoundOnDisk> | StorageError;
  room?: Room | undefined;
  class?: Class;
  pool?: string | undefined;
  pools?: PoolView[];
}

const noMarks: Resize = { allocated: undefined, state: undefined, error: undefined, underWay: false };
const quota = { id: 7, bytes: 2 ** 30, inodes: 1_000 };

function judge(sizes: Sizes, { claim, resize, volume, disk, ...changes }: Changes = {}) {
  const noted = 'record' in sizes ? sizes.record : '1Gi';
  const record = volumeRecord(noted === undefined ? {} : { template: { ...template, capacity: noted } });
  return decide({
    ...volumeView({
      volume: { phase: 'Bound', capacity: sizes.volume ?? '1Gi', ...volume },
      disk: disk instanceof StorageError ? disk : { record, ...disk },
      livingClaim: {
        bound: true,
        volumeName,
        requestedStorage: sizes.request,
        capacity: 'claim' in sizes ? sizes.claim : '1Gi',
        resize: { ...noMarks, ...resize },
        ...claim,
      },
      ...('room' in changes && { room: changes.room }),
    }),
    ...changes,
  });
}

const everything = { disk: true, volume: true, claim: true };

describe('a claim that asks for more than it has', () => {
  test.each<[string, Sizes, string, object]>([
    ['grows all that has its size', { request: '2Gi' }, '2Gi', everything],
    ['grows in other words for the same size', { request: '2048Mi' }, '2048Mi', everything],
    ['grows what is behind after a crash: volume and claim', { request: '2Gi', record: '2Gi' }, '2Gi', everything],
    [
      'grows what is behind after a crash: the claim',
      { request: '2Gi', record: '2Gi', volume: '2Gi' },
      '2Gi',
      { disk: false, volume: false, claim: true },
    ],
    ['never makes a record smaller that a crash left larger', { request: '2Gi', record: '3Gi' }, '3Gi', everything],
    [
      'never makes a volume smaller, but brings the record to its size',
      { request: '2Gi', volume: '3Gi' },
      '3Gi',
      { disk: true, volume: false, claim: true },
    ],
    [
      'grows although kubelet was first to say so in the claim',
      { request: '2Gi', claim: '2Gi' },
      '2Gi',
      { disk: true, volume: true, claim: false },
    ],
    ['grows although its record notes no size', { request: '2Gi', record: undefined }, '2Gi', everything],
  ])('%s', (_, sizes, capacity, behind) => {
    const from = 'claim' in sizes ? sizes.claim : '1Gi';
    const plan = { capacity, from, isNew: expect.any(Boolean), demand: expect.anything(), limit: undefined, behind };
    expect(judge(sizes)).toEqual({ action: 'grow', reason: 'Grown', plan });
  });

  test.each<[string, object, object]>([
    ['with the inodes in the same ratio', quota, { bytes: 2.5 * 2 ** 30, inodes: 2_500 }],
    ['without inodes where they are not limited', { id: 7, bytes: 2 ** 30 }, { bytes: 2.5 * 2 ** 30 }],
    ['never down', { id: 7, bytes: 2 ** 40, inodes: 8 }, { bytes: 2 ** 40, inodes: 8 }],
  ])('raises the limit of its directory, %s', (_, before, limit) => {
    const record = volumeRecord({ template, quota: { ...quota, inodes: undefined as never, ...before } });
    expect(judge({ request: '2560Mi' }, { disk: { record } })).toMatchObject({ plan: { limit } });
  });

  test.each<[string, Sizes, Changes]>([
    ['asks for as much', { request: '1024Mi' }, {}],
    ['asks for less, as one that has a restored volume', { request: '1Mi' }, {}],
    ['asks for what is no size', { request: 'much' }, {}],
    ['is being deleted', { request: '2Gi' }, { claim: { deleting: true } }],
    ['is bound to another volume', { request: '2Gi' }, { claim: { volumeName: 'pvc-restored' } }],
    [
      'is not the one that the volume is bound to',
      { request: '2Gi' },
      { volume: { claim: { ...reference, uid: 'b' } } },
    ],
    ['has a volume that is not bound yet', { request: '2Gi' }, { volume: { phase: 'Available' } }],
    ['has a volume that is being deleted', { request: '2Gi' }, { volume: { deleting: true } }],
  ])('does not grow when it %s', (_, sizes, changes) => {
    expect(['grow', 'cannotGrow']).not.toContain(judge(sizes, changes).action);
  });

  describe('and whose base directory cannot be used', () => {
    const disk = new StorageError('BaseDirectoryNotInPod', 'mount it');
    const trouble = { reason: disk.reason, message: disk.message };
    const refused = (reason: string) => ({
      action: 'cannotGrow',
      reason,
      message: expect.stringMatching(/asks for 2Gi, and its volume waits. mount it/),
      afterMs: 30_000,
    });

    test('waits for it', () => {
      expect(judge({ request: '2Gi' }, { disk })).toEqual({ action: 'wait', reason: disk.reason, afterMs: 30_000 });
    });

    test('is told so once that lasts', () => {
      expect(judge({ request: '2Gi' }, { disk, pools: [poolView({ trouble })] })).toEqual(refused(disk.reason));
    });

    test('is told so at once when the daemon is not given that base directory', () => {
      const unknown = new StorageError('BaseDirectoryUnknown', 'mount it');
      expect(judge({ request: '2Gi' }, { disk: unknown, pool: undefined })).toEqual(refused(unknown.reason));
    });
  });

  test.each<[string, string, Changes]>([
    ['has another path', 'PathNotOurs', { volume: { path: '/etc' } }],
    ['belongs to another cluster', 'AnotherCluster', { disk: { record: volumeRecord({ cluster: 'b', template }) } }],
  ])('is told when its volume %s', (_, reason, changes) => {
    const decision = judge({ request: '2Gi' }, changes);
    expect(decision).toMatchObject({ action: 'cannotGrow', reason });
    for (const part of ['2Gi', volumeName, 'Create a new claim']) {
      expect(decision).toHaveProperty('message', expect.stringContaining(part));
    }
  });

  test('is told when no record proves that the directory is ours', () => {
    const decision = judge(
      { request: '2Gi' },
      { volume: { reclaimPolicy: 'Retain', hasFinalizer: false }, disk: { record: undefined } },
    );
    expect(decision).toMatchObject({ action: 'cannotGrow', reason: 'NoRecord' });
    for (const part of ['2Gi', volumeName]) expect(decision).toHaveProperty('message', expect.stringContaining(part));
  });

  test('grows after what its volume needs', () => {
    expect(judge({ request: '2Gi' }, { volume: { hasFinalizer: false } }).action).toBe('protect');
  });
});

describe('a claim that asks for more than there is room for', () => {
  const GiB = 2 ** 30;
  /** Room for 2 Gi, if the volume had none of it. */
  const room: Room = { sizeBytes: 10 * GiB, reservedBytes: GiB, promisedBytes: 7 * GiB, keptBytes: 0, inodes: 0 };
  const strict = cls({ parameters: { overcommit: '1.0' } });
  const enforced = { record: volumeRecord({ template, quota }) };

  test.each<[string, Changes]>([
    ['class', { class: strict }],
    ['quota, whose class is gone', { disk: enforced }],
  ])('does not grow when it has a %s that forbids it', (_, changes) => {
    expect(judge({ request: '2Gi' }, { room, ...changes })).toMatchObject({ action: 'grow' });
    const decision = judge({ request: '2049Mi' }, { room, ...changes });
    expect(decision).toMatchObject({ action: 'cannotGrow', reason: 'NoRoom' });
    for (const part of ['7 GiB', '9 GiB', '10 GiB', '1 GiB', 'kubectl get pv']) {
      expect(decision).toHaveProperty('message', expect.stringContaining(part));
    }
  });

  test('waits while that is not known, unless nothing forbids to promise more', () => {
    const unknown = { room: undefined };
    expect(judge({ request: '2Gi' }, { ...unknown, class: strict })).toMatchObject({
      action: 'wait',
      reason: 'RoomUnknown',
    });
    expect(judge({ request: '2Gi' }, { ...unknown, class: strict, disk: enforced })).toMatchObject({ action: 'wait' });
    expect(judge({ request: '2Gi' }, unknown)).toMatchObject({ action: 'grow', plan: { demand: { most: undefined } } });
  });

  test('grows with a warning when nothing forbids it', () => {
    expect(judge({ request: '2Gi' }, { room })).not.toHaveProperty('warning');
    const decision = judge({ request: '3Gi' }, { room });
    expect(decision).toMatchObject({ action: 'grow', warning: { reason: 'Overcommitted' } });
  });

  test.each<[string, Sizes]>([
    ['record', { request: '3Gi', record: '3Gi' }],
    ['volume', { request: '3Gi', record: '3Gi', volume: '3Gi' }],
  ])('grows all the same when a crash left its %s larger: that was promised', (_, sizes) => {
    expect(judge(sizes, { room, class: strict })).toMatchObject({
      action: 'grow',
      plan: { demand: { most: undefined } },
    });
  });
});

describe('a claim that asks for no more than it has', () => {
  test.each<[string, Partial<Resize>]>([
    ['that it cannot grow', { state: 'ControllerResizeInfeasible', error: 'no room' }],
    ['an error alone', { error: '' }],
    ['that it grows', { underWay: true }],
  ])('gets rid of the word that its status still has: %s', (_, resize) => {
    const behind = { disk: false, volume: false, claim: true };
    expect(judge({ request: '1Gi' }, { resize })).toMatchObject({
      action: 'grow',
      plan: { from: '1Gi', capacity: '1Gi', behind },
    });
  });

  test('keeps a size that somebody noted as allocated', () => {
    expect(judge({ request: '1Gi' }, { resize: { allocated: '1Gi' } }).action).toBe('ignore');
  });
});
