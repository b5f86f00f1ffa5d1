import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import { ApiError } from '../../../src/kube/calls/kube-api.ts';
import type { PersistentVolumeClaimObject } from '../../../src/model/kubernetes.ts';
import { annotations } from '../../../src/model/names.ts';
import { refuseGrowth } from '../../../src/volume/grow.ts';
import { cls, reference, template, volumeName, volumeRecord } from '../../support/build-views.ts';
import { Crash, CrashPlan } from '../../support/crash.ts';
import { World } from './world.ts';

const quota = { id: 7, bytes: 2 ** 30, inodes: 1_000 };

/** A volume of 1 Gi in use, whose claim asks for more. */
function asking(request = '2Gi', status: PersistentVolumeClaimObject['status'] = {}): World {
  const world = new World();
  world.claimWaits = false;
  world.putVolume({ phase: 'Bound' });
  world.storage.put(volumeRecord({ template, quota }), ['precious']);
  world.kube.claims.set('default/data', {
    metadata: { ...reference, resourceVersion: '7', annotations: { [annotations.bindCompleted]: 'yes' } },
    spec: { volumeName, resources: { requests: { storage: request } }, storageClassName: 'fast' },
    status: { phase: 'Bound', capacity: { storage: '1Gi' }, ...status },
  });
  return world;
}

const sizesOf = ({ kube, storage }: World) => {
  const record = storage.records.get(volumeName);
  return {
    limit: record?.quota?.bytes,
    record: record?.template?.capacity,
    volume: kube.volumes.get(volumeName)?.spec?.capacity?.storage,
    claim: kube.claims.get('default/data')?.status,
  };
};

const bound = { phase: 'Bound' };
const grown = { limit: 2 ** 31, record: '2Gi', volume: '2Gi', claim: { ...bound, capacity: { storage: '2Gi' } } };

describe('growing a volume', () => {
  test('gives limit, record, volume and claim the new size; the second time, it does nothing', async () => {
    const world = asking();
    expect(await world.look()).toEqual({ result: 'done' });
    expect(sizesOf(world)).toEqual(grown);
    expect(world.storage.base.get(volumeName)?.entries).toEqual(['precious']);
    const object = world.kube.volumes.get(volumeName);
    await world.look();
    expect(world.kube.volumes.get(volumeName)).toBe(object);
    expect(sizesOf(world)).toEqual(grown);
  });

  test('takes off what the claim says of an earlier try', async () => {
    const world = asking('2Gi', {
      allocatedResources: { storage: '2Gi' },
      allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' },
      conditions: [{ type: 'ControllerResizeError', status: 'True' }],
    });
    await world.look();
    const claim = { ...grown.claim, allocatedResources: { storage: '2Gi' } };
    expect(sizesOf(world)).toEqual({ ...grown, claim });
  });

  const plans = [0, 1, 2].flatMap((step) => (['before', 'after'] as const).map((side) => ({ step, side })));
  const over = (world: World, plan: CrashPlan) => ({
    kube: plan.over(world.kube, 'growVolume', 'endResize'),
    pools: world.poolsOver(plan.over(world.storage, 'growDirectory')),
  });

  test.each(plans)(
    'that crashes $side step $step ends with the next look, and no claim has more than its directory',
    async ({ step, side }) => {
      const world = asking();
      await expect(world.look(over(world, new CrashPlan(step, side)))).rejects.toBeInstanceOf(Crash);
      const { limit, volume, claim } = sizesOf(world);
      if (limit === quota.bytes) expect(volume).toBe('1Gi');
      if (volume === '1Gi') expect(claim?.capacity).toEqual({ storage: '1Gi' });
      await world.look();
      expect(sizesOf(world)).toEqual(grown);
    },
  );

  test('has these steps and no other', async () => {
    const plan = new CrashPlan(Number.POSITIVE_INFINITY, 'before');
    const world = asking();
    await world.look(over(world, plan));
    expect(plan.calls).toBe(3);
  });

  test('touches no claim that has changed since it was read', async () => {
    const world = asking();
    const view = await world.observe();
    const claim = world.kube.claims.get('default/data');
    world.kube.claims.set('default/data', { ...claim, metadata: { ...claim?.metadata, resourceVersion: '8' } });
    await expect(world.act(view)).rejects.toMatchObject({ reason: 'Conflict' });
    expect(sizesOf(world).claim?.capacity).toEqual({ storage: '1Gi' });
    await world.look();
    expect(sizesOf(world)).toEqual(grown);
  });

  test('is looked at again once the volume has what it lacked', async () => {
    const world = asking();
    world.putVolume({ phase: 'Bound', hasFinalizer: false });
    expect(await world.look()).toEqual({ result: 'waiting', afterMs: 0 });
    await world.look();
    expect(sizesOf(world)).toEqual(grown);
  });
});

describe('room that others take meanwhile', () => {
  const strict = () => {
    const world = asking();
    world.classes.set('fast', cls({ parameters: { overcommit: '1.0' } }));
    world.pool.space = { sizeBytes: 2 ** 31, usableBytes: 2 ** 31, freeBytes: 2 ** 31, inodes: 0, freeInodes: 0 };
    return world;
  };

  test('has the growth judged anew, and nothing is touched', async () => {
    const world = strict();
    const view = await world.observe();
    world.pool.room.hold('pvc-other', 2 ** 20);
    expect(await world.act(view)).toEqual({ result: 'waiting', afterMs: 0 });
    expect(sizesOf(world)).toMatchObject({ limit: quota.bytes, record: '1Gi', volume: '1Gi' });
    await world.look();
    expect(sizesOf(world).claim?.conditions).toMatchObject([{ reason: 'NoRoom' }]);
    world.pool.room.release('pvc-other');
    await world.look();
    expect(sizesOf(world)).toEqual(grown);
  });

  test('is theirs again when the directory cannot grow', async () => {
    const world = strict();
    world.storage.growDirectory = () => Promise.reject(new StorageError('NoSpace', 'full'));
    await expect(world.look()).rejects.toThrow('full');
    expect(world.pool.room.room?.promisedBytes).toBe(2 ** 30);
  });

  test('is not theirs when the directory has grown, whatever fails then', async () => {
    const world = strict();
    const failing = {
      kube: Object.assign(Object.create(world.kube), { growVolume: () => Promise.reject(new Error('no')) }),
    };
    await expect(world.look(failing)).rejects.toThrow('no');
    expect(sizesOf(world)).toMatchObject({ limit: 2 ** 31, volume: '1Gi' });
    world.storage.growDirectory = () => Promise.reject(new StorageError('NoSpace', 'full'));
    await expect(world.look()).rejects.toThrow('full');
    expect(world.pool.room.room?.promisedBytes).toBe(2 ** 31);
    expect(world.pool.room.take('pvc-other', { bytes: 1, most: 1 })).toBe(false);
  });
});

test('a claim whose volume cannot grow says why, once, and is looked at again later', async () => {
  const world = asking();
  const refuse = async (message: string) => refuseGrowth({ reason: 'NoRoom', message }, await world.observe(), world);
  const version = () => world.kube.claims.get('default/data')?.metadata?.resourceVersion;
  expect(await refuse('full')).toEqual({ result: 'waiting', afterMs: 600_000 });
  expect(sizesOf(world)).toMatchObject({
    record: '1Gi',
    volume: '1Gi',
    claim: {
      capacity: { storage: '1Gi' },
      allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' },
      conditions: [{ type: 'ControllerResizeError', status: 'True', reason: 'NoRoom', message: 'full' }],
    },
  });
  const before = version();
  await refuse('full');
  expect(version()).toBe(before);
  world.notes.noteTrouble(volumeName, 'NoRoom: 2Gi');
  await refuse('full, with other figures');
  expect(version()).toBe(before);
  world.notes.noteTrouble(volumeName, 'NoRoom: 3Gi');
  await refuse('full for less, too');
  expect(version()).not.toBe(before);
});

describe('a role that may not write the status of claims', () => {
  const forbidden = () => Promise.reject(new ApiError('Forbidden', 'cannot change the status of claim default/data'));
  const advice =
    'The daemon cannot change the status of claim default/data. Grant the permission: kubectl apply -f rbac/clusterrole.yaml';

  test('leaves the reason why a volume cannot grow as it is, and adds the command', async () => {
    const world = asking();
    world.kube.refuseResize = forbidden;
    const why = { reason: 'NoRoom', message: 'full' };
    expect(await refuseGrowth(why, await world.observe(), { kube: world.kube, notes: world.notes })).toEqual({
      result: 'refused',
      reason: 'NoRoom',
      message: `full. ${advice}`,
      afterMs: 600_000,
    });
  });

  test('does not keep a volume from growing, of which the claim is told', async () => {
    const world = asking();
    world.kube.endResize = forbidden;
    expect(await world.look()).toEqual({
      result: 'refused',
      reason: 'ApiServerForbidden',
      message: `the directory of volume ${volumeName} has 2Gi, and the claim's status cannot say so. ${advice}`,
      afterMs: 600_000,
    });
    expect(sizesOf(world)).toEqual({ ...grown, claim: { ...bound, capacity: { storage: '1Gi' } } });
  });
});
