import { describe, expect, test } from 'vitest';
import { actOnVolume, type DeleteTools } from '../../../src/delete/act.ts';
import { decideDelete } from '../../../src/delete/decide.ts';
import { observeVolume } from '../../../src/delete/observe.ts';
import { StorageError } from '../../../src/disk/port.ts';
import { ActError, type Outcome } from '../../../src/flow/outcome.ts';
import { ApiError, type ApiErrorReason } from '../../../src/kube/calls/kube-api.ts';
import type { ClaimReference } from '../../../src/model/claim.ts';
import {
  baseDirectory,
  nodeName,
  objectOf,
  ownCluster,
  provisionerNames,
  reference,
  releasedVolume,
  volumeName,
  volumeRecord,
  volumeView,
} from '../../support/build-views.ts';
import { Crash, CrashPlan } from '../../support/crash.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeStorage } from '../../support/fake-storage.ts';

const ourFinalizer = 'external-provisioner.volume.kubernetes.io/finalizer';
const protection = 'kubernetes.io/pv-protection';

/** A cluster with one volume of ours, and its directory with a file in it. */
class World {
  readonly kube = new FakeKube();
  readonly storage = new FakeStorage();
  /** Volumes whose trash is to be erased. */
  readonly toErase: string[] = [];
  /** Claims that are to be looked at. */
  readonly asked: ClaimReference[] = [];

  constructor(volume: Parameters<typeof releasedVolume>[0] = {}) {
    const object = objectOf(releasedVolume(volume));
    const finalizers = object.metadata?.finalizers?.filter((name) => name !== protection) ?? [];
    this.kube.put({ ...object, metadata: { ...object.metadata, finalizers } });
    this.storage.put(volumeRecord(), ['00000000000000000000.log']);
  }

  erase = (volume: string): void => void this.toErase.push(volume);
  askClaim = (claim: ClaimReference): void => void this.asked.push(claim);
  withoutEcho: DeleteTools['withoutEcho'] = (_, deed) => deed();

  /** One turn of the volume flow, as the controller makes it. */
  async reconcile(tools: { kube: FakeKube; storage: FakeStorage } = this): Promise<Outcome> {
    const view = await observeVolume(volumeName, {
      ...tools,
      nodeName,
      provisionerNames,
      ownCluster: () => ownCluster,
    });
    const { erase, askClaim, withoutEcho } = this;
    return actOnVolume(decideDelete(view), view, { ...tools, erase, askClaim, withoutEcho });
  }

  get finalizers(): string[] | undefined {
    return this.kube.volumes.get(volumeName)?.metadata?.finalizers;
  }

  get state() {
    return {
      volumes: [...this.kube.volumes.keys()],
      base: [...this.storage.base.keys()],
      trash: [...this.storage.trash.keys()],
      records: [...this.storage.records.keys()],
    };
  }

  /** What a daemon does with the time it has: looks at the volume again and erases what it was asked to. */
  async settle(): Promise<void> {
    await this.reconcile();
    for (const volume of this.toErase.splice(0)) await this.storage.eraseTrash(volume);
    await this.reconcile();
    for (const volume of this.toErase.splice(0)) await this.storage.eraseTrash(volume);
  }
}

const nothing = { volumes: [], base: [], trash: [], records: [] };
const untouched = { volumes: [volumeName], base: [volumeName], trash: [], records: [volumeName] };

describe('deleting', () => {
  test('ends the volume, puts the directory into the trash, and has the trash erased', async () => {
    const world = new World();
    expect(await world.reconcile()).toEqual({ result: 'done' });
    expect(world.state).toEqual({ volumes: [], base: [], trash: [volumeName], records: [volumeName] });
    expect(world.toErase).toEqual([volumeName]);
  });

  test('ends a volume that somebody deletes, too', async () => {
    const world = new World({ deleting: true });
    await world.settle();
    expect(world.state).toEqual(nothing);
  });

  test('has Kubernetes wait for us first, where it does not', async () => {
    const world = new World({ hasFinalizer: false });
    await world.reconcile();
    expect(world.state).toEqual(untouched);
    expect(world.finalizers).toEqual([ourFinalizer]);
    await world.settle();
    expect(world.state).toEqual(nothing);
  });

  test.each<ApiErrorReason>(['Unknown', 'Forbidden', 'Conflict'])(
    'touches no directory before the API server has agreed: %s',
    async (reason) => {
      const world = new World();
      world.kube.deleteVolume = () => Promise.reject(new ApiError(reason, 'no'));
      await expect(world.reconcile()).rejects.toMatchObject({ reason });
      expect(world.toErase).toEqual([]);
      expect(world.state).toEqual(untouched);
    },
  );

  test('keeps the object, which tells of the directory, as long as that cannot be moved', async () => {
    const world = new World();
    world.storage.trashDirectory = () => Promise.reject(new StorageError('StorageFailed', 'it is a mount point'));
    for (const turn of ['first', 'second']) {
      await expect(world.reconcile(), turn).rejects.toThrow('mount point');
      expect(world.state).toEqual(untouched);
      expect(world.finalizers).toEqual([ourFinalizer]);
      expect(world.toErase).toEqual([]);
    }
  });

  test('has nothing erased while Kubernetes still waits for us', async () => {
    const world = new World();
    world.kube.removeFinalizer = () => Promise.reject(new ApiError('Unknown', 'no answer'));
    await expect(world.reconcile()).rejects.toThrow('no answer');
    expect(world.toErase).toEqual([]);
    expect(world.state).toMatchObject({ volumes: [volumeName], base: [], trash: [volumeName] });
  });

  test.each<[string, Parameters<typeof releasedVolume>[0]]>([
    ['is to be kept', { reclaimPolicy: 'Retain' }],
    ['has another claim', { phase: 'Bound', claim: { ...reference, uid: 'another' } }],
    ['has changed in any other way', {}],
  ])('touches nothing when the volume %s by the time of the deed', async (_, changes) => {
    const world = new World();
    const view = await observeVolume(volumeName, {
      ...world,
      nodeName,
      provisionerNames,
      ownCluster: () => ownCluster,
    });
    world.kube.put(objectOf(releasedVolume(changes)));
    await expect(actOnVolume(decideDelete(view), view, world)).rejects.toMatchObject({ reason: 'Conflict' });
    expect(world.state).toEqual(untouched);
    expect(world.kube.volumes.get(volumeName)?.metadata).not.toHaveProperty('deletionTimestamp');
  });

  test.each<[string, Parameters<typeof releasedVolume>[0]]>([
    ['is to be kept', { reclaimPolicy: 'Retain' }],
    ['has changed in any other way', {}],
  ])('touches nothing when a volume that somebody deletes %s by the time of the deed', async (_, changes) => {
    const world = new World({ deleting: true });
    const readClaim = world.kube.readClaim.bind(world.kube);
    world.kube.readClaim = (namespace, name) => {
      world.kube.put(objectOf(releasedVolume({ ...changes, deleting: true })));
      return readClaim(namespace, name);
    };
    await expect(world.reconcile()).rejects.toMatchObject({ reason: 'Conflict' });
    expect([world.state, world.toErase]).toEqual([untouched, []]);
  });

  test('takes off our finalizer and nobody else’s', async () => {
    const world = new World();
    const object = world.kube.volumes.get(volumeName);
    world.kube.put({ ...object, metadata: { ...object?.metadata, finalizers: ['a', ourFinalizer, 'b'] } });
    await world.reconcile();
    expect(world.finalizers).toEqual(['a', 'b']);
  });

  test('takes off our finalizer although others change theirs meanwhile', async () => {
    const world = new World();
    const trash = world.storage.trashDirectory.bind(world.storage);
    world.storage.trashDirectory = async (volume) => {
      const object = world.kube.volumes.get(volumeName);
      world.kube.put({ ...object, metadata: { ...object?.metadata, finalizers: [ourFinalizer, 'came in between'] } });
      await trash(volume);
    };
    expect(await world.reconcile()).toEqual({ result: 'done' });
    expect(world.finalizers).toEqual(['came in between']);
    expect(world.toErase).toEqual([volumeName]);
  });

  test('touches no directory when somebody has removed the volume by force since it was looked at', async () => {
    const world = new World();
    const deleting = world.kube.deleteVolume.bind(world.kube);
    world.kube.deleteVolume = async (volume) => {
      world.kube.volumes.clear();
      await deleting(volume);
    };
    await expect(world.reconcile()).rejects.toMatchObject({ reason: 'Conflict' });
    expect(world.state).toEqual({ ...untouched, volumes: [] });
    expect(world.toErase).toEqual([]);
  });

  test('ends nothing but the very volume that was looked at', async () => {
    const world = new World();
    const view = await observeVolume(volumeName, {
      ...world,
      nodeName,
      provisionerNames,
      ownCluster: () => ownCluster,
    });
    world.kube.put(objectOf(releasedVolume({ uid: 'made again' })));
    await expect(actOnVolume(decideDelete(view), view, world)).rejects.toMatchObject({ reason: 'Conflict' });
    expect(world.state).toEqual(untouched);
  });

  test('ends a volume whose directory is gone', async () => {
    const world = new World();
    world.storage.base.clear();
    world.storage.records.clear();
    await world.reconcile();
    expect(world.state).toEqual(nothing);
  });

  test('waits while the claim lives, and is done when it is gone', async () => {
    const world = new World();
    world.kube.claims.set('default/data', { metadata: reference });
    expect(await world.reconcile()).toEqual({ result: 'waiting', afterMs: 10_000 });
    expect(world.state).toEqual(untouched);
    world.kube.claims.set('default/data', { metadata: { ...reference, uid: 'made again' } });
    await world.settle();
    expect(world.state).toEqual(nothing);
  });

  test('waits while the claim lives that the directory was made for, although the volume names another', async () => {
    const world = new World({ claim: { ...reference, name: 'other', uid: 'other' } });
    world.kube.claims.set('default/data', { metadata: reference });
    expect(await world.reconcile()).toMatchObject({ result: 'waiting' });
    expect(world.state).toEqual(untouched);
  });

  test('touches nothing when it is not known whether the claim lives', async () => {
    const world = new World();
    world.kube.readClaim = () => Promise.reject(new ApiError('Unknown', 'no answer'));
    await expect(world.reconcile()).rejects.toThrow('no answer');
    expect(world.state).toEqual(untouched);
  });
});

describe('a crash at any step', () => {
  const plans = [0, 1, 2].flatMap((step) => (['before', 'after'] as const).map((side) => ({ step, side })));
  const run = (world: World, plan: CrashPlan) =>
    world.reconcile({
      kube: plan.over(world.kube, 'deleteVolume', 'addFinalizer', 'removeFinalizer'),
      storage: plan.over(world.storage, 'trashDirectory', 'retainDirectory'),
    });

  test.each(plans)('$side step $step: a restart deletes all of it', async ({ step, side }) => {
    const world = new World();
    await expect(run(world, new CrashPlan(step, side))).rejects.toBeInstanceOf(Crash);
    // Never is the directory left where it was without a volume that leads to it, nor gone while somebody may want it.
    if (world.state.volumes.length === 0) expect(world.state.base).toEqual([]);
    const deleting = world.kube.volumes.get(volumeName)?.metadata?.deletionTimestamp !== undefined;
    if (world.state.volumes.length > 0 && !deleting) expect(world.state).toEqual(untouched);
    await world.settle();
    expect(world.state).toEqual(nothing);
  });

  test('these are all the steps there are', async () => {
    const plan = new CrashPlan(Number.POSITIVE_INFINITY, 'before');
    await run(new World(), plan);
    expect(plan.calls).toBe(3);
  });

  test('before the trash was asked to be erased: a restart has it erased', async () => {
    const world = new World();
    await world.reconcile();
    world.toErase.splice(0);
    await world.settle();
    expect(world.state).toEqual(nothing);
  });
});

describe('keeping', () => {
  const kept = () => new World({ reclaimPolicy: 'Retain' });

  test('notes it in the journal and lets the volume go', async () => {
    const world = kept();
    expect(await world.reconcile()).toEqual({ result: 'done' });
    expect(world.storage.records.get(volumeName)?.reclaimPolicy).toBe('Retain');
    expect(world.finalizers).toEqual([]);
    expect(world.state).toEqual(untouched);
  });

  test('notes it before the volume can vanish', async () => {
    const world = kept();
    world.storage.retainDirectory = () => Promise.reject(new StorageError('ReadOnly', 'read-only'));
    await expect(world.reconcile()).rejects.toThrow('read-only');
    expect(world.finalizers).toEqual([ourFinalizer]);
  });

  test.each([0, 1].flatMap((step) => (['before', 'after'] as const).map((side) => ({ step, side }))))(
    'outlives a crash $side step $step, and the volume after it',
    async ({ step, side }) => {
      const world = new World({ reclaimPolicy: 'Retain', deleting: true });
      const plan = new CrashPlan(step, side);
      const tools = {
        kube: plan.over(world.kube, 'removeFinalizer'),
        storage: plan.over(world.storage, 'retainDirectory'),
      };
      await expect(world.reconcile(tools)).rejects.toBeInstanceOf(Crash);
      await world.settle();
      expect(world.state).toEqual({ ...untouched, volumes: [] });
      expect(world.storage.records.get(volumeName)?.reclaimPolicy).toBe('Retain');
    },
  );

  test('does nothing the second time', async () => {
    const world = kept();
    await world.reconcile();
    const object = world.kube.volumes.get(volumeName);
    await world.reconcile();
    expect(world.kube.volumes.get(volumeName)).toBe(object);
  });

  test('takes off our finalizer only of the volume that was judged, not of one made again', async () => {
    const world = kept();
    const view = await observeVolume(volumeName, {
      ...world,
      nodeName,
      provisionerNames,
      ownCluster: () => ownCluster,
    });
    world.kube.put(objectOf(releasedVolume({ reclaimPolicy: 'Delete', uid: 'made again' })));
    await expect(actOnVolume(decideDelete(view), view, world)).rejects.toMatchObject({ reason: 'Conflict' });
    expect(world.finalizers).toContain(ourFinalizer);
  });

  test.each(['Pending', 'Bound', 'Released'])('is noted of a %s volume at once, and outlives it', async (phase) => {
    const world = new World({ reclaimPolicy: 'Retain', phase });
    world.kube.claims.set('default/data', { metadata: reference });
    await world.reconcile();
    expect(world.finalizers).toEqual([]);
    world.kube.volumes.clear();
    world.kube.claims.clear();
    await world.settle();
    expect(world.state).toEqual({ ...untouched, volumes: [] });
    expect(world.asked).toEqual([]);
  });

  test('ends when the policy is Delete by the time of the release, although it was noted', async () => {
    const world = kept();
    await world.reconcile();
    world.kube.put(objectOf(releasedVolume({ hasFinalizer: false })));
    const object = world.kube.volumes.get(volumeName);
    world.kube.put({ ...object, metadata: { ...object?.metadata, finalizers: [] } });
    await world.settle();
    await world.settle();
    expect(world.state).toEqual(nothing);
  });

  test('takes our finalizer off a volume that is gone', async () => {
    const world = kept();
    const view = await observeVolume(volumeName, {
      ...world,
      nodeName,
      provisionerNames,
      ownCluster: () => ownCluster,
    });
    world.kube.volumes.clear();
    expect(await actOnVolume(decideDelete(view), view, world)).toEqual({ result: 'done' });
    expect(world.storage.records.get(volumeName)?.reclaimPolicy).toBe('Retain');
  });
});

describe('what a volume left behind', () => {
  const withoutVolume = (): World => {
    const world = new World();
    world.kube.volumes.clear();
    return world;
  };

  test.each([
    ['an empty directory', []],
    ['a directory with something in it', ['00000000000000000000.log']],
  ])('%s is for its claim to say, and stays as it is until then', async (_, entries) => {
    const world = withoutVolume();
    world.storage.put(volumeRecord(), entries);
    expect(await world.reconcile()).toEqual({ result: 'done' });
    expect(world.asked).toEqual([reference]);
    expect(world.state).toEqual({ ...untouched, volumes: [] });
  });

  test('a directory under a name that a volume of another node has is for its claim to say', async () => {
    const world = new World({ identity: 'node-b' });
    expect(await world.reconcile()).toEqual({ result: 'done' });
    expect(world.asked).toEqual([reference]);
    expect(world.state).toEqual(untouched);
    expect(world.finalizers).toEqual([ourFinalizer]);
  });

  test('a directory that is to be kept stays, and nobody is asked', async () => {
    const world = withoutVolume();
    world.storage.put(volumeRecord({ reclaimPolicy: 'Retain' }));
    expect(await world.reconcile()).toEqual({ result: 'done' });
    expect(world.asked).toEqual([]);
    expect(world.state).toEqual({ ...untouched, volumes: [] });
  });

  test('trash is erased', async () => {
    const world = withoutVolume();
    await world.storage.trashDirectory(volumeName);
    await world.settle();
    expect(world.state).toEqual(nothing);
  });

  test('on a disk that cannot be used is looked at again', async () => {
    const world = withoutVolume();
    world.storage.baseDirectory = new StorageError('ReadOnly', 'read-only');
    expect(await world.reconcile()).toMatchObject({ result: 'failed', error: { reason: 'ReadOnly' } });
    expect(world.asked).toEqual([]);
  });
});

test('a volume in use gets our finalizer beside those it has', async () => {
  const world = new World();
  world.kube.put(objectOf(releasedVolume({ phase: 'Bound', hasFinalizer: false })));
  expect(await world.reconcile()).toEqual({ result: 'done' });
  expect(world.finalizers).toEqual([protection, ourFinalizer]);
});

test('a volume in use gets our finalizer although others change theirs meanwhile', async () => {
  const world = new World();
  world.kube.put(objectOf(releasedVolume({ phase: 'Bound', hasFinalizer: false })));
  const view = await observeVolume(volumeName, { ...world, nodeName, provisionerNames, ownCluster: () => ownCluster });
  const object = world.kube.volumes.get(volumeName);
  world.kube.put({ ...object, metadata: { ...object?.metadata, finalizers: ['another'] } });
  await actOnVolume(decideDelete(view), view, world);
  expect(world.finalizers).toEqual(['another', ourFinalizer]);
});

test.each([
  [{ action: 'ignore', reason: 'NotOurs' }, { result: 'done' }],
  [
    { action: 'wait', reason: 'ClaimLives', afterMs: 10 },
    { result: 'waiting', afterMs: 10 },
  ],
  [
    { action: 'refuse', reason: 'PathNotOurs', message: 'no' },
    { result: 'refused', reason: 'PathNotOurs', message: 'no' },
  ],
  [
    { action: 'fail', reason: 'NoRecord', error: new ActError('NoRecord', 'no') },
    { result: 'failed', error: new ActError('NoRecord', 'no') },
  ],
] as const)('$action touches nothing', async (decision, outcome) => {
  const world = new World();
  expect(await actOnVolume(decision, volumeView(), world)).toEqual(outcome);
  expect(world.state).toEqual(untouched);
  expect(world.toErase).toEqual([]);
  expect(world.asked).toEqual([]);
});

test('a failure of the disk is told in its own words', async () => {
  const world = new World();
  world.storage.baseDirectory = new StorageError('BaseDirectoryMissing', 'mount it');
  expect(await world.reconcile()).toMatchObject({
    result: 'failed',
    error: { name: 'ActError', reason: 'BaseDirectoryMissing', message: 'mount it' },
  });
  expect(world.state).toEqual(untouched);
});

describe('a volume without our label', () => {
  test('is labelled when it is ours', async () => {
    const world = new World({ nodeLabel: undefined, phase: 'Bound' });
    expect(await world.reconcile()).toEqual({ result: 'done' });
    expect(world.kube.volumes.get(volumeName)?.metadata?.labels).toEqual({ 'hostpath-provisioner/node': nodeName });
  });

  test('is not labelled while its record may not be durable', async () => {
    const world = new World({ nodeLabel: undefined, phase: 'Bound' });
    world.storage.syncRecords = () => Promise.reject(new StorageError('StorageFailed', 'EIO'));
    await expect(world.reconcile()).rejects.toThrow('EIO');
    expect(world.kube.volumes.get(volumeName)?.metadata?.labels).toBeUndefined();
  });

  const original = {
    nodeLabel: undefined,
    baseDirectoryId: undefined,
    hasFinalizer: false,
    createdAt: '2026-10-01T10:00:00Z',
  };

  test('of an earlier provisioner gets a record first, then everything that ours have', async () => {
    const world = new World({ ...original, phase: 'Bound' });
    world.storage.records.clear();
    expect(await world.reconcile()).toEqual({ result: 'done' });
    expect(world.storage.records.get(volumeName)).toMatchObject({ claim: reference, reclaimPolicy: 'Delete' });
    expect(world.kube.volumes.get(volumeName)?.metadata).toMatchObject({
      labels: { 'hostpath-provisioner/node': nodeName },
      annotations: {
        'hostpath-provisioner/base-directory-id': baseDirectory.id,
        'hostpath-provisioner/base-directory-mounted': 'false',
      },
    });
    await world.reconcile();
    expect(world.finalizers).toEqual([ourFinalizer]);
    expect(world.storage.base.get(volumeName)?.entries).toEqual(['00000000000000000000.log']);
  });

  test('of an earlier provisioner is told its base directory also by a second try', async () => {
    const world = new World({ ...original, phase: 'Bound' });
    world.storage.records.clear();
    const labelVolume = world.kube.labelVolume.bind(world.kube);
    world.kube.labelVolume = () => Promise.reject(new ApiError('TooManyRequests', 'wait'));
    await expect(world.reconcile()).rejects.toMatchObject({ reason: 'TooManyRequests' });
    world.kube.labelVolume = labelVolume;
    await world.reconcile();
    expect(world.kube.volumes.get(volumeName)?.metadata?.annotations).toMatchObject({
      'hostpath-provisioner/base-directory-id': baseDirectory.id,
      'hostpath-provisioner/base-directory-mounted': 'false',
    });
  });

  test('of an earlier provisioner is not labelled when its record cannot be written', async () => {
    const world = new World(original);
    world.storage.records.clear();
    world.storage.adoptDirectory = () => Promise.reject(new StorageError('NoSpace', 'full'));
    await expect(world.reconcile()).rejects.toMatchObject({ reason: 'NoSpace' });
    expect(world.kube.volumes.get(volumeName)?.metadata?.labels).toBeUndefined();
  });
});

test('the record of a directory that was kept is forgotten once somebody has removed it', async () => {
  const world = new World();
  world.kube.volumes.clear();
  world.storage.base.clear();
  world.storage.records.set(volumeName, volumeRecord({ reclaimPolicy: 'Retain' }));
  expect(await world.reconcile()).toEqual({ result: 'done' });
  expect(world.storage.records.size).toBe(0);
});
