import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StorageError, type StorageReason } from '../../../src/disk/port.ts';
import { annotations } from '../../../src/model/names.ts';
import { observe } from '../../../src/volume/observe.ts';
import { cls, nodeName, reference, volumeName, volumeRecord } from '../../support/build-views.ts';
import { World } from './world.ts';

const space = { sizeBytes: 1_000, usableBytes: 900, freeBytes: 500, inodes: 0, freeInodes: 0 };

let world: World;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  world = new World();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a claim that waits', () => {
  beforeEach(() => world.putClaim());

  test('costs no read when nothing was begun for it', async () => {
    world.storage.find = () => Promise.reject(new Error('the disk was asked'));
    world.kube.readVolume = () => Promise.reject(new Error('the API server was asked'));
    world.kube.readClaim = world.kube.readVolume;
    expect(await world.observe()).toMatchObject({
      name: volumeName,
      waits: true,
      claim: { uid: reference.uid, className: 'fast' },
      class: { name: 'fast' },
      volume: undefined,
      disk: undefined,
      abandoned: undefined,
      inDoubtForMs: 0,
      node: { name: nodeName },
    });
  });

  test.each([
    ['something was begun for it', {}, 'base'],
    ['the watch shows a volume of its name', undefined, 'nowhere'],
  ])('has its volume and the disk looked at when %s', async (_, record, place) => {
    world.putVolume();
    if (record !== undefined) world.storage.put(volumeRecord(record));
    const object = world.kube.volumes.get(volumeName);
    expect(await world.observe()).toMatchObject({ volume: { claim: reference }, object, disk: { place } });
  });

  test('asks the disk what enforces sizes only for a class that wants that', async () => {
    world.storage.quotaSupport = () => Promise.reject(new Error('the disk was asked'));
    expect(await world.observe()).toMatchObject({ pools: [{ quotaSupport: undefined }] });
    world.classes.set('fast', cls({ parameters: { quota: 'enforce' } }));
    await expect(world.observe()).rejects.toThrow('the disk was asked');
    world.storage.quotaSupport = async () => ({ by: 'project' });
    expect(await world.observe()).toMatchObject({ pools: [{ quotaSupport: { by: 'project' } }] });
    world.storage.quotaSupport = () => Promise.reject(new StorageError('BaseDirectoryMissing', 'mount it'));
    expect(await world.observe()).toMatchObject({ pools: [{ quotaSupport: undefined }] });
  });

  test('sees the room without what is promised to it already', async () => {
    world.pool.space = undefined;
    expect(await world.observe()).toMatchObject({ pools: [{ room: undefined }] });
    world.pool.space = space;
    world.pool.room.hold(volumeName, 300);
    world.pool.room.hold('pvc-other', 200);
    expect(await world.observe()).toMatchObject({ pools: [{ room: { sizeBytes: 900, promisedBytes: 200 } }] });
  });

  test('asks the API server for a class that the watch has not shown', async () => {
    world.classes.clear();
    expect(await world.observe()).toMatchObject({ class: undefined });
    world.kube.classes.set('fast', { metadata: { name: 'fast' }, provisioner: 'hostpath-provisioner' });
    expect(await world.observe()).toMatchObject({ class: { name: 'fast' } });
  });
});

describe('a claim that waits for the first consumer', () => {
  const select = (selectedNode: string): void => {
    world.putClaim({ metadata: { ...reference, annotations: { [annotations.selectedNode]: selectedNode } } });
    world.classes.set('fast', cls({ waitForFirstConsumer: true }));
    world.kube.nodes.set('node-b', {});
  };
  const unusableFor = (forMs: number, reason: StorageReason = 'BaseDirectoryMissing') => {
    world.pool.trouble = { error: new StorageError(reason, 'mount it'), forMs };
  };

  test.each<[string, Record<string, string>, boolean]>([
    ['has no room for it', { overcommit: '1.0' }, true],
    ['cannot enforce its quota', { quota: 'enforce', overcommit: '9999' }, true],
    ['promises it more than it has', {}, false],
  ])('on a node whose disk %s, has other nodes looked for: %j: %s', async (_, parameters, expected) => {
    select(nodeName);
    world.classes.set('fast', cls({ waitForFirstConsumer: true, parameters }));
    world.pool.space = space;
    expect((await world.observe()).otherNodes).toBe(expected);
  });

  test.each<[string, () => void, string | undefined]>([
    ['nothing speaks against this node', () => {}, undefined],
    ['its disk was full a moment ago', () => world.notes.noteShortage(volumeName, 'default', 'full'), 'NoSpace'],
    ['its base directory has been unusable for 30 s', () => unusableFor(30_000), 'BaseDirectoryMissing'],
    ['its base directory has been unusable for less', () => unusableFor(29_999), undefined],
    [
      'its volumes are not listed, which is no matter of the disk',
      () => unusableFor(1e6, 'VolumesNotListed'),
      undefined,
    ],
  ])('knows the trouble of this node, the other nodes, and its volume: %s', async (_, arrange, reason) => {
    select(nodeName);
    world.putVolume({ nodeLabel: undefined });
    arrange();
    const { pools, otherNodes, volume } = await world.observe();
    const trouble = pools[0]?.trouble;
    const isInTrouble = reason !== undefined;
    expect({ reason: trouble?.reason, otherNodes, hasVolume: volume !== undefined }).toEqual({
      reason,
      otherNodes: isInTrouble,
      hasVolume: isInTrouble,
    });
  });

  test('asks about other nodes and for its volume, too, when its class excludes this node', async () => {
    select(nodeName);
    world.classes.set(
      'fast',
      cls({ waitForFirstConsumer: true, allowedTopologies: [[{ key: 'zone', values: ['b'] }]] }),
    );
    world.putVolume({ nodeLabel: undefined });
    expect(await world.observe()).toMatchObject({ otherNodes: true, volume: { name: volumeName } });
  });

  test.each([
    ['node-b', true],
    ['node-c', false],
    [nodeName, undefined],
  ])('asks whether another selected node exists: %s, %s', async (selected, exists) => {
    select(selected);
    expect((await world.observe()).selectedNodeExists).toBe(exists);
  });
});

describe('a volume for which no claim waits', () => {
  const another = { namespace: 'default', name: 'another', uid: 'bbbb-2' };

  test('is nothing, and is not read, where neither journal nor cluster has shown any of it', async () => {
    world.putVolume({ nodeLabel: 'node-b' });
    expect(await world.observe()).toMatchObject({
      waits: false,
      claim: undefined,
      volume: undefined,
      object: undefined,
      livingClaim: undefined,
      disk: undefined,
    });
  });

  test('is read with its record and its directory', async () => {
    world.putVolume();
    world.storage.put(volumeRecord());
    expect(await world.observe()).toMatchObject({
      volume: { name: volumeName },
      object: world.kube.volumes.get(volumeName),
      disk: { record: { volume: volumeName }, place: 'base' },
    });
  });

  test.each([
    ['the claim that the volume names', another, another],
    ['the claim that the directory was made for', reference, reference],
    ['not a claim of the same name that was made again', { ...reference, uid: 'again' }, undefined],
  ])('has as living claim: %s', async (_, existing, living) => {
    world.claimWaits = false;
    world.putVolume({ claim: another });
    world.storage.put(volumeRecord());
    world.kube.claims.set(`default/${existing.name}`, { metadata: existing });
    expect((await world.observe()).livingClaim?.uid).toEqual(living?.uid);
  });

  test('has its claim asked for also while the base directory cannot be used', async () => {
    world.claimWaits = false;
    world.putVolume();
    world.putClaim();
    world.storage.baseDirectory = new StorageError('ReadOnly', 'read-only');
    expect(await world.observe()).toMatchObject({ disk: world.storage.baseDirectory, livingClaim: reference });
  });

  test('is not taken for a fact when it is a defect', async () => {
    world.storage.put(volumeRecord());
    world.storage.find = () => Promise.reject(new TypeError('defect'));
    await expect(world.observe()).rejects.toThrow('defect');
  });
});

describe('what was begun for a claim that does not wait', () => {
  beforeEach(() => {
    world.claimWaits = false;
    world.storage.put(volumeRecord(), ['file']);
  });

  test('is looked at with its claim and the class, if the claim lives', async () => {
    expect(await world.observe()).toMatchObject({ waits: false, claim: undefined, class: undefined });
    world.putClaim();
    expect(await world.observe()).toMatchObject({ waits: false, claim: reference, class: { name: 'fast' } });
    world.putClaim({ metadata: { uid: 'another' } });
    expect(await world.observe()).toMatchObject({ claim: undefined, class: undefined });
  });

  test.each([
    ['the claim', () => world.putClaim(), () => world.kube.claims.clear()],
    ['a volume of ours', () => world.putVolume(), () => world.kube.volumes.clear()],
    ["another node's volume", () => world.putVolume({ identity: 'node-b' }), () => world.kube.volumes.clear()],
  ])('is abandoned since the first look without claim and volume, until %s is back', async (_, bring, take) => {
    expect(await world.observe()).toMatchObject({ abandoned: { forMs: 0, hasContent: true } });
    vi.advanceTimersByTime(500);
    expect(await world.observe()).toMatchObject({ abandoned: { forMs: 500 } });
    bring();
    expect(await world.observe()).toMatchObject({ abandoned: undefined });
    take();
    world.storage.put(volumeRecord());
    expect(await world.observe()).toMatchObject({ abandoned: { forMs: 0, hasContent: false } });
  });

  test.each([
    ['is to be kept', { reclaimPolicy: 'Retain' } as const],
    ["is another node's", { node: 'node-b' }],
  ])('is not abandoned when it %s', async (_, record) => {
    world.storage.put(volumeRecord(record));
    expect(await world.observe()).toMatchObject({ abandoned: undefined, claim: undefined });
  });
});

test('a look knows how long a volume may still come of a creation that was not answered', async () => {
  world.notes.doubt('pvc-of-another');
  expect(await world.observe()).toMatchObject({ inDoubtForMs: 0 });
  world.notes.doubt(volumeName);
  expect(await world.observe()).toMatchObject({ inDoubtForMs: 60_000 });
});

test('a look asks for the volume after the doubt, so that none can come in between', async () => {
  world.storage.put(volumeRecord());
  const asked: string[] = [];
  const { notes, kube } = world;
  const inDoubtForMs = vi.spyOn(notes, 'inDoubtForMs').mockImplementation(() => asked.push('doubt') && 0);
  const readVolume = vi.spyOn(kube, 'readVolume').mockImplementation(async () => void asked.push('volume'));
  await observe(volumeName, world.sources);
  expect(asked).toEqual(['doubt', 'volume']);
  for (const spy of [inDoubtForMs, readVolume]) spy.mockRestore();
});
