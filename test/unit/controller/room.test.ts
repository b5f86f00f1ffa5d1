import { beforeEach, describe, expect, test, vi } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import { ApiError } from '../../../src/kube/calls/kube-api.ts';
import type { PersistentVolumeClaimObject } from '../../../src/model/kubernetes.ts';
import { annotations } from '../../../src/model/names.ts';
import { keptFor, volumeName, volumeRecord } from '../../support/build-views.ts';
import { FakePool } from '../../support/fake-storage.ts';
import { claimObject, fastClass, gated, pass, released, world } from './world.ts';

const GiB = 2 ** 30;
const hourMs = 3_600_000;

/** A claim of 1 Gi, unless told otherwise. */
function putClaim(uid: string, storage = '1Gi'): PersistentVolumeClaimObject {
  const { metadata, spec } = claimObject({ spec: { resources: { requests: { storage } } } });
  const claim = { metadata: { ...metadata, name: uid, uid }, spec: { ...spec } };
  world.kube.claims.set(`default/${uid}`, claim);
  world.controller.claims.present(claim);
  return claim;
}

const volumes = () => [...world.kube.volumes.keys()];
const promised = () => (world.pool.room.room?.promisedBytes ?? 0) / GiB;
const reasons = () =>
  world.events.map(({ reason, message }) => (reason === 'ProvisioningFailed' ? message.split(':')[0] : reason));

/** A base directory of that size, whose class promises no more than that. */
function withSize(size: number, parameters: Record<string, string> = { overcommit: '1.0' }): void {
  world.pool.space = {
    sizeBytes: size * GiB,
    usableBytes: size * GiB,
    freeBytes: size * GiB,
    inodes: 0,
    freeInodes: 0,
  };
  world.start({ withClass: false });
  world.controller.classes.present({ ...fastClass, parameters });
}

describe('room in the base directory', () => {
  test('is promised once, however many claims come at the same time', async () => {
    withSize(10);
    for (let index = 0; index < 64; index += 1) putClaim(`u-${index}`);
    await pass(1_000);
    expect(volumes()).toHaveLength(10);
    expect(promised()).toBe(10);
    expect(world.state.base).toHaveLength(10);
  });

  test('goes to a claim that lacked it, as soon as another volume is gone', async () => {
    withSize(2);
    const first = putClaim('u-1', '2Gi');
    await pass();
    putClaim('u-2', '2Gi');
    await pass();
    expect(volumes()).toEqual(['pvc-u-1']);
    expect(reasons()).toEqual(['ProvisioningSucceeded', 'NoRoom']);
    const volume = world.kube.volumes.get('pvc-u-1');
    world.kube.claims.delete('default/u-1');
    world.controller.claims.gone(first);
    world.kube.put({ ...volume, status: { phase: 'Released' } });
    await pass(2_000);
    expect(volumes()).toEqual(['pvc-u-2']);
    expect(promised()).toBe(2);
  });

  test('is looked for again after ten minutes', async () => {
    withSize(1);
    putClaim('u-1', '2Gi');
    await pass();
    world.pool.space = { sizeBytes: 4 * GiB, usableBytes: 4 * GiB, freeBytes: GiB, inodes: 0, freeInodes: 0 };
    await pass(9 * 60_000);
    expect(volumes()).toEqual([]);
    await pass(2 * 60_000);
    expect(volumes()).toEqual(['pvc-u-1']);
  });

  test('is looked for at once when the disk becomes larger', async () => {
    withSize(1);
    putClaim('u-1', '2Gi');
    await pass();
    world.pool.space = { sizeBytes: 4 * GiB, usableBytes: 4 * GiB, freeBytes: GiB, inodes: 0, freeInodes: 0 };
    world.pool.room.becameLarger();
    await pass(2_000);
    expect(volumes()).toEqual(['pvc-u-1']);
  });

  test('is promised beyond the size by a class that does not forbid it, which each claim is told', async () => {
    withSize(1, {});
    for (const uid of ['u-1', 'u-2']) putClaim(uid);
    await pass();
    expect(promised()).toBe(2);
    expect(reasons().filter((reason) => reason === 'Overcommitted')).toHaveLength(1);
  });
});

test('room in another pool than those of its class leaves a claim alone, whatever changes there', async () => {
  const noSizes = { registeredBytes: () => 0, registeredBytesOf: () => 0 };
  const hdd = new FakePool(noSizes, (volume) => world.controller.directoryChanged(volume), {
    name: 'hdd',
    path: '/mnt/hdd',
  });
  hdd.space = { sizeBytes: 9 * GiB, usableBytes: 9 * GiB, freeBytes: GiB, inodes: 0, freeInodes: 0 };
  world.pools.push(hdd);
  withSize(1, { overcommit: '1.0', pool: 'default' });
  putClaim('u-1', '2Gi');
  await pass();
  const told = reasons();
  expect(told).toEqual(['NoRoom']);
  for (const room of [hdd.room, world.pool.room]) room.becameLarger();
  await pass(2_000);
  expect(reasons()).toEqual(told);
});

describe('a claim that asks for more than there is room for', () => {
  test('is told so once, whatever other volumes get meanwhile', async () => {
    withSize(2);
    const { metadata, spec } = putClaim('u-1');
    await pass();
    world.kube.put({ ...world.kube.volumes.get('pvc-u-1'), status: { phase: 'Bound' } });
    const asking = {
      metadata: { ...metadata, resourceVersion: '7', annotations: { [annotations.bindCompleted]: 'yes' } },
      spec: { ...spec, volumeName: 'pvc-u-1', resources: { requests: { storage: '3Gi' } } },
      status: { phase: 'Bound', capacity: { storage: '1Gi' } },
    };
    world.kube.claims.set('default/u-1', asking);
    const version = () => world.kube.claims.get('default/u-1')?.metadata?.resourceVersion;
    world.controller.directoryChanged('pvc-u-1');
    await pass(1_000);
    const told = version();
    expect(told).not.toBe('7');
    expect(reasons().filter((reason) => reason === 'VolumeResizeFailed')).toHaveLength(1);
    world.pool.room.hold('pvc-of-another', GiB / 2);
    world.controller.directoryChanged('pvc-u-1');
    await pass(1_000);
    expect(version()).toBe(told);
    expect(reasons().filter((reason) => reason === 'VolumeResizeFailed')).toHaveLength(1);
  });
});

describe('room counts what has no volume object', () => {
  beforeEach(() => {
    world.pool.space = { sizeBytes: GiB, usableBytes: GiB, freeBytes: GiB, inodes: 0, freeInodes: 0 };
  });

  test.each<[string, () => void, number]>([
    [
      'a directory of policy Retain',
      () => world.storage.put(volumeRecord({ ...keptFor(hourMs), reclaimPolicy: 'Retain' })),
      1,
    ],
    ['a directory of another cluster', () => world.storage.put(volumeRecord({ ...keptFor(hourMs), cluster: 'b' })), 1],
    ['nothing else', () => {}, 0],
  ])('%s', async (_, put, expected) => {
    put();
    world.start();
    await pass();
    expect(promised()).toBe(expected);
  });

  test('a directory in the trash as long as it can be restored', async () => {
    world.storage.put(volumeRecord(keptFor(hourMs)));
    world.kube.put(released());
    world.start();
    expect(promised()).toBe(1);
    await pass();
    expect([world.state.volumes, world.state.trash]).toEqual([[], [volumeName]]);
    expect([promised(), world.pool.room.room?.keptBytes]).toEqual([1, GiB]);
    await pass(hourMs);
    expect(world.state.trash).toEqual([]);
    expect(promised()).toBe(0);
  });

  test('not a directory in the trash that is erased at once', async () => {
    world.storage.put(volumeRecord());
    world.kube.put(released());
    world.start();
    await pass();
    expect(promised()).toBe(0);
  });

  test('a volume in the making, once', async () => {
    const creation = gated(world.kube, 'createVolume');
    world.start();
    putClaim('u-1');
    await pass();
    expect(promised()).toBe(1);
    expect(world.pool.room.room?.keptBytes).toBe(0);
    creation.open();
    await pass();
    expect([volumes(), promised()]).toEqual([['pvc-u-1'], 1]);
  });

  test('not a claim whose volume the API server refuses for good', async () => {
    world.start();
    world.kube.createVolume = () => Promise.reject(new ApiError('Forbidden', 'no', { status: 403 }));
    putClaim('u-1');
    await pass();
    expect(promised()).toBe(0);
  });

  test.each<[string, boolean | undefined]>([
    ['whose journal was never read', undefined],
    ['whose journal may have its record', true],
  ])('not a claim that is gone, and for which nothing was begun on a disk %s', async (_, hasRecord) => {
    vi.spyOn(world.storage, 'hasRecord').mockReturnValue(hasRecord);
    vi.spyOn(world.storage, 'makeDirectory').mockRejectedValue(new StorageError('StorageFailed', 'EIO'));
    world.start();
    world.putClaim();
    await pass();
    world.removeClaim();
    await pass(60_000);
    expect(promised()).toBe(0);
  });

  test('not a directory that another process removed, once the journal is read again', async () => {
    world.storage.put(volumeRecord({ ...keptFor(hourMs), reclaimPolicy: 'Retain' }));
    world.start();
    await pass();
    expect(promised()).toBe(1);
    world.storage.base.clear();
    world.storage.records.clear();
    await pass(10 * 60_000);
    expect(promised()).toBe(0);
  });
});
