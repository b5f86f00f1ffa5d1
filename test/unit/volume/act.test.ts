import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import { ApiError, type ApiErrorReason } from '../../../src/kube/calls/kube-api.ts';
import { finalizer } from '../../../src/model/names.ts';
import { act } from '../../../src/volume/act.ts';
import type { Decision } from '../../../src/volume/decision.ts';
import {
  baseDirectory,
  claimView,
  nodeName,
  objectOf,
  reference,
  releasedVolume,
  volumeName,
  volumeRecord,
} from '../../support/build-views.ts';
import { Crash, CrashPlan } from '../../support/crash.ts';
import { directoryOnly, everything, nothing, type VolumeChanges, World } from './world.ts';

const log = '00000000000000000000.log';
const inTrash = { volumes: [], base: [], trash: [volumeName], records: [volumeName] };

/** A cluster with one volume of ours, and its directory with a file in it. */
function having(volume: VolumeChanges = {}): World {
  const world = new World();
  world.putVolume(volume);
  world.storage.put(volumeRecord(), [log]);
  return world;
}

/** The volume's claim lives, and does not wait. */
const letClaimLive = (world: World, uid = reference.uid) =>
  world.kube.claims.set('default/data', { metadata: { ...reference, uid } });

const noAnswer = (reason: ApiErrorReason = 'Unknown') => Promise.reject(new ApiError(reason, 'no answer'));

const metadataOf = (world: World) => world.kube.volumes.get(volumeName)?.metadata;

describe('deleting', () => {
  test('ends the volume, moves its directory to the trash, and asks for the trash to be erased', async () => {
    const world = having();
    expect(await world.look()).toEqual({ result: 'done' });
    expect(world.state).toEqual(inTrash);
    expect(world.toErase).toEqual([volumeName]);
  });

  test('ends a volume that somebody deletes, too', async () => {
    const world = having({ deleting: true });
    await world.settle();
    expect(world.state).toEqual(nothing);
  });

  test('makes Kubernetes wait for the daemon first, where it does not', async () => {
    const world = having({ hasFinalizer: false });
    await world.look();
    expect([world.state, world.finalizers]).toEqual([everything, [finalizer]]);
    await world.settle();
    expect(world.state).toEqual(nothing);
  });

  test.each<ApiErrorReason>(['Unknown', 'Forbidden', 'Conflict'])(
    'touches no directory before the API server has agreed: %s',
    async (reason) => {
      const world = having();
      world.kube.deleteVolume = () => noAnswer(reason);
      await expect(world.look()).rejects.toMatchObject({ reason });
      expect([world.state, world.toErase]).toEqual([everything, []]);
    },
  );

  test('keeps the object, which tells of the directory, as long as that cannot be moved', async () => {
    const world = having();
    world.storage.trashDirectory = () => Promise.reject(new StorageError('StorageFailed', 'it is a mount point'));
    for (const turn of ['first', 'second']) {
      await expect(world.look(), turn).rejects.toThrow('mount point');
      expect([world.state, world.finalizers, world.toErase]).toEqual([everything, [finalizer], []]);
    }
  });

  test('erases nothing while Kubernetes still waits for the daemon', async () => {
    const world = having();
    world.kube.removeFinalizer = () => noAnswer();
    await expect(world.look()).rejects.toThrow('no answer');
    expect([world.state, world.toErase]).toEqual([{ ...inTrash, volumes: [volumeName] }, []]);
  });

  test('knows which watch events it causes itself, as long as it does not fail', async () => {
    const world = having();
    const isDeleting = () => world.notes.isDeleting(volumeName, releasedVolume().uid);
    world.kube.removeFinalizer = async () => {
      expect(isDeleting()).toBe(true);
      await noAnswer();
    };
    await expect(world.look()).rejects.toThrow('no answer');
    expect(isDeleting()).toBe(false);
    world.kube.removeFinalizer = async () => {};
    await world.look();
    expect(isDeleting()).toBe(true);
  });

  test.each<[string, VolumeChanges, VolumeChanges]>([
    ['is to be kept', {}, { reclaimPolicy: 'Retain' }],
    ['has another claim', {}, { phase: 'Bound', claim: { ...reference, uid: 'another' } }],
    ['has changed in any other way', {}, {}],
    ['was made again', {}, { uid: 'made again' }],
    ['that somebody deletes is to be kept', { deleting: true }, { deleting: true, reclaimPolicy: 'Retain' }],
    ['that somebody deletes has changed in any other way', { deleting: true }, { deleting: true }],
  ])('touches nothing when the volume %s by the time of the deed', async (_, before, changes) => {
    const world = having(before);
    const view = await world.observe();
    world.kube.put(objectOf(releasedVolume(changes)));
    await expect(world.act(view)).rejects.toMatchObject({ reason: 'Conflict' });
    expect([world.state, world.toErase]).toEqual([everything, []]);
    expect(metadataOf(world)?.deletionTimestamp !== undefined).toBe(changes?.deleting === true);
  });

  test('touches no directory when somebody has removed the volume by force since it was looked at', async () => {
    const world = having();
    const view = await world.observe();
    world.kube.volumes.clear();
    await expect(world.act(view)).rejects.toMatchObject({ reason: 'Conflict' });
    expect([world.state, world.toErase]).toEqual([directoryOnly, []]);
  });

  test('takes off our finalizer and nobody else’s, although others change theirs meanwhile', async () => {
    const world = having();
    const trash = world.storage.trashDirectory.bind(world.storage);
    world.storage.trashDirectory = async (volume) => {
      const object = world.kube.volumes.get(volumeName);
      world.kube.put({ ...object, metadata: { ...object?.metadata, finalizers: ['a', finalizer, 'b'] } });
      await trash(volume);
    };
    expect(await world.look()).toEqual({ result: 'done' });
    expect([world.finalizers, world.toErase]).toEqual([['a', 'b'], [volumeName]]);
  });

  test.each<[string, VolumeChanges]>([
    ['while the claim lives', {}],
    [
      'while the claim lives that the directory was made for, although the volume names another',
      { claim: { ...reference, name: 'other', uid: 'other' } },
    ],
  ])('waits %s, and is done when it is gone', async (_, changes) => {
    const world = having(changes);
    world.claimWaits = false;
    letClaimLive(world);
    expect(await world.look()).toEqual({ result: 'waiting', afterMs: 10_000 });
    expect(world.state).toEqual(everything);
    letClaimLive(world, 'made again');
    await world.settle();
    expect(world.state).toEqual(nothing);
  });

  test('touches nothing when it is not known whether the claim lives', async () => {
    const world = having();
    world.kube.readClaim = () => noAnswer();
    await expect(world.look()).rejects.toThrow('no answer');
    expect(world.state).toEqual(everything);
  });
});

describe('a crash at any step', () => {
  const plans = [0, 1, 2].flatMap((step) => (['before', 'after'] as const).map((side) => ({ step, side })));
  const over = (world: World, plan: CrashPlan) => ({
    kube: plan.over(world.kube, 'deleteVolume', 'addFinalizer', 'removeFinalizer'),
    pools: world.poolsOver(plan.over(world.storage, 'trashDirectory', 'retainDirectory')),
  });

  test.each(plans)('$side step $step of a deletion: a restart deletes all of it', async ({ step, side }) => {
    const world = having();
    await expect(world.look(over(world, new CrashPlan(step, side)))).rejects.toBeInstanceOf(Crash);
    // Never is the directory left where it was without a volume that leads to it, nor gone while somebody may want it.
    if (world.state.volumes.length === 0) expect(world.state.base).toEqual([]);
    const deleting = metadataOf(world)?.deletionTimestamp !== undefined;
    if (world.state.volumes.length > 0 && !deleting) expect(world.state).toEqual(everything);
    await world.settle();
    expect(world.state).toEqual(nothing);
  });

  test('these are all the steps of a deletion', async () => {
    const plan = new CrashPlan(Number.POSITIVE_INFINITY, 'before');
    const world = having();
    await world.look(over(world, plan));
    expect(plan.calls).toBe(3);
  });

  test('before the trash was asked to be erased: a restart asks for it', async () => {
    const world = having();
    await world.look();
    world.toErase.splice(0);
    await world.settle();
    expect(world.state).toEqual(nothing);
  });

  test.each(plans.slice(0, 4))('$side step $step of keeping: the directory outlives it', async ({ step, side }) => {
    const world = having({ reclaimPolicy: 'Retain', deleting: true });
    await expect(world.look(over(world, new CrashPlan(step, side)))).rejects.toBeInstanceOf(Crash);
    await world.settle();
    expect(world.state).toEqual(directoryOnly);
    expect(world.storage.records.get(volumeName)?.reclaimPolicy).toBe('Retain');
  });
});

describe('keeping', () => {
  const kept = (changes: VolumeChanges = {}) => having({ reclaimPolicy: 'Retain', ...changes });

  test('notes it in the journal and lets the volume go; the second time, it does nothing', async () => {
    const world = kept();
    expect(await world.look()).toEqual({ result: 'done' });
    expect(world.storage.records.get(volumeName)?.reclaimPolicy).toBe('Retain');
    expect([world.state, world.finalizers]).toEqual([everything, []]);
    const object = world.kube.volumes.get(volumeName);
    expect(await world.look()).toEqual({ result: 'done' });
    expect(world.kube.volumes.get(volumeName)).toBe(object);
  });

  test('notes it before the volume can vanish', async () => {
    const world = kept();
    world.storage.retainDirectory = () => Promise.reject(new StorageError('ReadOnly', 'read-only'));
    await expect(world.look()).rejects.toThrow('read-only');
    expect(world.finalizers).toEqual([finalizer]);
  });

  test('takes off our finalizer only of the volume that was judged, not of one made again', async () => {
    const world = kept();
    const view = await world.observe();
    world.kube.put(objectOf(releasedVolume({ reclaimPolicy: 'Delete', uid: 'made again' })));
    await expect(world.act(view)).rejects.toMatchObject({ reason: 'Conflict' });
    expect(world.finalizers).toContain(finalizer);
  });

  test('is noted of a volume that is gone by then', async () => {
    const world = kept();
    const view = await world.observe();
    world.kube.volumes.clear();
    expect(await world.act(view)).toEqual({ result: 'done' });
    expect(world.storage.records.get(volumeName)?.reclaimPolicy).toBe('Retain');
  });

  test.each(['Pending', 'Bound', 'Released'])('is noted of a %s volume at once, and outlives it', async (phase) => {
    const world = kept({ phase });
    world.claimWaits = false;
    letClaimLive(world);
    await world.look();
    expect(world.finalizers).toEqual([]);
    world.kube.volumes.clear();
    world.kube.claims.clear();
    await world.settle();
    expect(world.state).toEqual(directoryOnly);
  });

  test('leaves the claim that waits for the volume to another look at once', async () => {
    const world = kept({ phase: 'Pending' });
    world.putClaim();
    expect(await world.look()).toEqual({ result: 'waiting', afterMs: 0 });
    expect(world.finalizers).toEqual([]);
    expect(await world.look()).toEqual({ result: 'done' });
  });

  test('ends when the policy is Delete by the time of the release, although it was noted', async () => {
    const world = kept();
    await world.look();
    world.putVolume({ hasFinalizer: false });
    await world.settle();
    await world.settle();
    expect(world.state).toEqual(nothing);
  });

  test('ends when somebody has removed both volume and directory: the record is forgotten', async () => {
    const world = kept();
    await world.look();
    world.kube.volumes.clear();
    world.storage.base.clear();
    expect(await world.look()).toEqual({ result: 'done' });
    expect(world.state).toEqual(nothing);
  });
});

describe('what a volume left behind', () => {
  const left = (): World => {
    const world = having();
    world.kube.volumes.clear();
    return world;
  };

  test('is taken back when it is empty and a volume of another node has its name; that volume is left alone', async () => {
    const world = having({ identity: 'node-b', hostname: 'node-b' });
    world.storage.put(volumeRecord());
    expect(await world.look()).toEqual({ result: 'waiting' });
    expect(world.state).toEqual({ ...nothing, volumes: [volumeName] });
    expect(world.finalizers).toEqual([finalizer]);
  });

  test('is looked at again when the disk cannot be used', async () => {
    const world = left();
    world.storage.baseDirectory = new StorageError('ReadOnly', 'remount it');
    const failure = { name: 'ActError', reason: 'ReadOnly', message: 'remount it', cause: world.storage.baseDirectory };
    await expect(world.look()).rejects.toMatchObject(failure);
  });
});

test('a volume in use gets our finalizer beside those it has, although others change theirs meanwhile', async () => {
  const world = having({ phase: 'Bound', hasFinalizer: false });
  const view = await world.observe();
  const object = world.kube.volumes.get(volumeName);
  world.kube.put({ ...object, metadata: { ...object?.metadata, finalizers: ['another'] } });
  expect(await world.act(view)).toEqual({ result: 'done' });
  expect(world.finalizers).toEqual(['another', finalizer]);
});

describe('a volume without our label', () => {
  const original = {
    nodeLabel: undefined,
    baseDirectoryId: undefined,
    hasFinalizer: false,
    createdAt: '2026-10-01T10:00:00Z',
    phase: 'Bound',
  };
  const places = {
    'hostpath-provisioner/base-directory-id': baseDirectory.id,
    'hostpath-provisioner/base-directory-mounted': 'false',
  };
  const ofEarlier = (): World => {
    const world = having(original);
    world.storage.records.clear();
    world.notes.set(volumeName, { isUnlabelled: true });
    return world;
  };

  test('is labelled when it is ours', async () => {
    const world = having({ nodeLabel: undefined, phase: 'Bound' });
    expect(await world.look()).toEqual({ result: 'done' });
    expect(metadataOf(world)?.labels).toEqual({ 'hostpath-provisioner/node': nodeName });
  });

  test('is not labelled while its record may not be durable', async () => {
    const world = having({ nodeLabel: undefined, phase: 'Bound' });
    world.storage.syncRecords = () => Promise.reject(new StorageError('StorageFailed', 'EIO'));
    await expect(world.look()).rejects.toThrow('EIO');
    expect(metadataOf(world)?.labels).toBeUndefined();
  });

  test('of an earlier provisioner gets a record first, then everything that ours have', async () => {
    const world = ofEarlier();
    expect(await world.look()).toEqual({ result: 'done' });
    expect(world.storage.records.get(volumeName)).toMatchObject({ claim: reference, reclaimPolicy: 'Delete' });
    const labels = { 'hostpath-provisioner/node': nodeName };
    expect(metadataOf(world)).toMatchObject({ labels, annotations: places });
    await world.look();
    expect(world.finalizers).toEqual([finalizer]);
    expect(world.storage.base.get(volumeName)?.entries).toEqual([log]);
  });

  test('of an earlier provisioner is told its base directory also by a second try', async () => {
    const world = ofEarlier();
    const { labelVolume } = world.kube;
    world.kube.labelVolume = () => noAnswer('TooManyRequests');
    await expect(world.look()).rejects.toMatchObject({ reason: 'TooManyRequests' });
    world.kube.labelVolume = labelVolume;
    await world.look();
    expect(metadataOf(world)?.annotations).toMatchObject(places);
  });

  test('of an earlier provisioner is not labelled when its record cannot be written', async () => {
    const world = ofEarlier();
    world.storage.adoptDirectory = () => Promise.reject(new StorageError('NoSpace', 'full'));
    await expect(world.look()).rejects.toMatchObject({ reason: 'NoSpace' });
    expect(metadataOf(world)?.labels).toBeUndefined();
  });
});

describe('giving the node back', () => {
  const selectedNode = 'volume.kubernetes.io/selected-node';
  const waiting = (): World => {
    const world = new World();
    world.putClaim({ metadata: { ...reference, resourceVersion: '7', annotations: { [selectedNode]: nodeName } } });
    return world;
  };
  const decision: Decision = { action: 'giveBack', reason: 'NoSpace', message: 'the disk is full' };
  const view = claimView({ claim: { selectedNode: nodeName } });

  test('takes the selection off the claim, and counts it; the shortage is forgotten', async () => {
    const world = waiting();
    world.notes.noteShortage(volumeName, 'default', 'the disk is full');
    expect(await act(decision, view, world.tools)).toEqual({ result: 'done' });
    expect(world.kube.claims.get('default/data')?.metadata?.annotations).toEqual({});
    expect(world.notes.giveBackWaitMs(volumeName)).toBeGreaterThan(29_000);
    expect(world.notes.shortageOf(volumeName, 'default')).toBeUndefined();
  });

  test('touches no claim that has changed since it was seen, and counts nothing', async () => {
    const world = waiting();
    const changed = claimView({ claim: { selectedNode: nodeName, resourceVersion: '6' } });
    await expect(act(decision, changed, world.tools)).rejects.toMatchObject({ reason: 'Conflict' });
    expect(world.kube.claims.get('default/data')?.metadata?.annotations).toHaveProperty([selectedNode]);
    expect(world.notes.giveBackWaitMs(volumeName)).toBe(0);
  });
});

test.each<[Decision, object]>([
  [{ action: 'ignore', reason: 'NotOurs' }, { result: 'done' }],
  [{ action: 'keep', reason: 'AnotherCluster' }, { result: 'done' }],
  [{ action: 'confirm', reason: 'ProvisionedEarlier' }, { result: 'done' }],
  [{ action: 'wait', reason: 'NoNodeSelected' }, { result: 'waiting' }],
  [
    { action: 'wait', reason: 'ClaimLives', afterMs: 10 },
    { result: 'waiting', afterMs: 10 },
  ],
  [
    { action: 'reportLoss', reason: 'DirectoryMissing', message: 'restore it' },
    { result: 'waiting', afterMs: 600_000 },
  ],
  [
    { action: 'refuse', reason: 'PathNotOurs', message: 'no' },
    { result: 'refused', reason: 'PathNotOurs', message: 'no' },
  ],
])('%j touches nothing', async (decision, outcome) => {
  const world = having();
  expect(await act(decision, await world.observe(), world.tools)).toEqual(outcome);
  expect([world.state, world.toErase]).toEqual([everything, []]);
});

test('a failure says what the user has to look at, and for how long another try would not help', async () => {
  const world = having();
  const decision = { action: 'fail', reason: 'NodeNotAllowed', message: 'label the node', afterMs: 10 } as const;
  const failure = { name: 'ActError', reason: 'NodeNotAllowed', message: 'label the node', afterMs: 10 };
  await expect(act(decision, await world.observe(), world.tools)).rejects.toMatchObject(failure);
  expect(world.state).toEqual(everything);
});
