import { beforeEach, describe, expect, test } from 'vitest';
import { type SeenVolume, Volumes } from '../../../src/changes/volumes.ts';
import type { PersistentVolumeObject } from '../../../src/model/kubernetes.ts';
import { basePath, nodeName, objectOf, provisionerNames, releasedVolume } from '../../support/build-views.ts';
import { listAnew } from '../../support/list-anew.ts';

const volume = (name: string, changes: Parameters<typeof releasedVolume>[0] = {}): PersistentVolumeObject =>
  objectOf(releasedVolume({ name, ...changes }));
const inUse = (name: string): PersistentVolumeObject => volume(name, { phase: 'Bound' });

let looks: string[];
let seen: SeenVolume[];
let sized: string[];
let listed: number;
let volumes: Volumes;
beforeEach(() => {
  looks = [];
  seen = [];
  sized = [];
  listed = 0;
  volumes = new Volumes({
    nodeName,
    provisionerNames,
    onChange: (volume) => {
      looks.push(volume.name);
      seen.push(volume);
    },
    onSize: (name) => sized.push(name),
    onListed: () => {
      listed += 1;
    },
  });
});

describe('Volumes', () => {
  test.each([
    ['released', {}, true],
    ['in quiet use', { phase: 'Bound' }, false],
    ["another node's", { identity: 'node-b' }, false],
    ['being deleted', { phase: 'Bound', deleting: true }, true],
    ['given up by Kubernetes', { phase: 'Failed' }, true],
    ['without a word of who made it, but with our label and finalizer', { identity: undefined }, true],
  ])('a volume that is %s needs a look: %s', (_, changes, needed) => {
    volumes.present(volume('pvc-1', changes));
    expect(looks).toEqual(needed ? ['pvc-1'] : []);
  });

  test.each([
    ['given up by Kubernetes', { phase: 'Failed' }],
    ['without a word of who made it', { phase: 'Bound', identity: undefined }],
  ])('a volume that was %s needs one more look when that has ended', (_, changes) => {
    listAnew(volumes, volume('pvc-1', changes));
    looks.length = 0;
    for (const _ of ['healed', 'changed again']) volumes.present(inUse('pvc-1'));
    expect(looks).toEqual(['pvc-1']);
  });

  test('does not know which volumes exist before they have been listed', () => {
    volumes.listing();
    volumes.present(inUse('pvc-1'));
    expect(volumes.names).toBeUndefined();
    volumes.listed();
    expect(volumes.names?.has('pvc-1')).toBe(true);
    expect(volumes.names?.has('pvc-2')).toBe(false);
  });

  test('knows them still while they are listed anew', () => {
    listAnew(volumes, inUse('pvc-1'));
    volumes.listing();
    expect(volumes.names?.has('pvc-1')).toBe(true);
  });

  test('says when they are about to be listed, and when they are, each time', () => {
    listAnew(volumes);
    volumes.listing();
    expect(listed).toBe(1);
    volumes.listed();
    expect(listed).toBe(2);
  });

  test('says which object was seen, and in which state', () => {
    const uid = 'uid-1';
    const deleting = volume('pvc-1', { uid, deleting: true });
    volumes.present(volume('pvc-1', { uid }));
    volumes.present(deleting);
    volumes.gone(deleting);
    expect(seen).toEqual(['there', 'deleting', 'gone'].map((state) => ({ name: 'pvc-1', uid, state })));
  });

  test('calls whatever a list shows there, and what it does not show gone, for no event told of either', () => {
    listAnew(volumes, volume('pvc-1', { uid: 'uid-1', deleting: true }));
    listAnew(volumes);
    expect(seen).toEqual([
      { name: 'pvc-1', uid: 'uid-1', state: 'there' },
      { name: 'pvc-1', uid: '', state: 'gone' },
    ]);
  });

  test('has what a volume leaves behind looked at when it goes', () => {
    listAnew(volumes, inUse('pvc-1'));
    volumes.gone(inUse('pvc-1'));
    expect(looks).toEqual(['pvc-1']);
    expect(volumes.names?.has('pvc-1')).toBe(false);
  });

  test('has what went during a break looked at, and nothing that stayed', () => {
    listAnew(volumes, inUse('pvc-1'), inUse('pvc-2'));
    listAnew(volumes, inUse('pvc-2'), inUse('pvc-3'));
    expect(looks).toEqual(['pvc-1']);
    expect(['pvc-1', 'pvc-2', 'pvc-3'].map((name) => volumes.names?.has(name))).toEqual([false, true, true]);
  });

  test('knows the base directories that its volumes lie in, each once, when they are listed', () => {
    volumes.listing();
    volumes.present(volume('pvc-1'));
    expect(volumes.knownBases).toBeUndefined();
    volumes.present(inUse('pvc-2'));
    volumes.present(volume('pvc-3', { baseDirectoryMounted: true, baseDirectoryId: 'base-2' }));
    volumes.listed();
    const known = [
      { path: basePath, id: 'base-1', mounted: false },
      { path: basePath, id: 'base-2', mounted: true },
    ];
    expect(volumes.knownBases).toEqual(expect.arrayContaining(known));
    expect(new Set(volumes.knownBases?.map(({ id }) => id))).toEqual(new Set(['base-1', 'base-2']));
    volumes.gone(volume('pvc-3'));
    expect(volumes.knownBases).not.toContainEqual(known[1]);
  });

  test.each<[string, Parameters<typeof releasedVolume>[0]]>([
    ["another node's", { identity: 'node-b' }],
    ["another provisioner's", { provisionedBy: 'theirs' }],
    ['without base directory id', { baseDirectoryId: undefined }],
    ['with a path that does not end in its name', { path: `${basePath}/pvc-2` }],
    ['without path', { path: undefined }],
  ])('learns nothing of base directories from a volume that is %s', (_, changes) => {
    listAnew(volumes, volume('pvc-1', changes));
    expect(volumes.knownBases).toEqual([]);
  });

  test.each([
    ['2Gi', 2 ** 31],
    [undefined, 0],
  ])('knows that a volume of %s has %d bytes', (capacity, bytes) => {
    listAnew(volumes, volume('pvc-1', { capacity }));
    expect(volumes.place('pvc-1')?.capacityBytes).toBe(bytes);
  });

  test('keeps equal facts once, and those of volumes that are gone not at all', () => {
    listAnew(volumes, volume('pvc-1', { capacity: '1Gi' }), volume('pvc-2', { capacity: '1Gi' }));
    const first = volumes.place('pvc-1');
    expect(volumes.place('pvc-2')).toBe(first);
    for (const name of ['pvc-1', 'pvc-2']) volumes.gone(volume(name));
    for (const capacity of ['2Gi', '1Gi']) volumes.present(volume('pvc-3', { capacity }));
    expect(volumes.place('pvc-3')).toEqual(first);
    expect(volumes.place('pvc-3')).not.toBe(first);
  });

  test('knows which volumes are in use, and where', () => {
    listAnew(volumes, inUse('pvc-1'), volume('pvc-2'), volume('pvc-3', { phase: 'Bound', identity: 'node-b' }));
    expect([...volumes.bound()].map(([name]) => name)).toEqual(['pvc-1']);
    expect(volumes.boundPlace('pvc-1')).toMatchObject({ basePath, baseDirectoryId: 'base-1' });
    expect(volumes.boundPlace('pvc-2')).toBeUndefined();
    volumes.present(volume('pvc-1', { phase: 'Bound', deleting: true }));
    expect(volumes.boundPlace('pvc-1')).toBeUndefined();
  });

  test('knows which volumes lie in a base directory', () => {
    const elsewhere = volume('pvc-2', { baseDirectoryId: 'base-2' });
    listAnew(volumes, volume('pvc-1'), elsewhere, volume('pvc-3', { identity: 'node-b' }));
    expect([...volumes.volumesIn('base-1')]).toEqual(['pvc-1']);
  });

  test('knows the sizes of the volumes in a base directory, and tells of each change of one', () => {
    const sizes = () => [
      volumes.capacityIn('base-1'),
      volumes.capacityIn('base-2'),
      volumes.capacityOf('pvc-1', 'base-1'),
    ];
    const GiB = 2 ** 30;
    volumes.present(volume('pvc-1', { capacity: '2Gi' }));
    volumes.present(volume('pvc-2', { capacity: '1Gi', baseDirectoryId: 'base-2' }));
    volumes.present(volume('pvc-3', { capacity: '1Gi', identity: 'node-b' }));
    volumes.present(volume('pvc-4', { capacity: 'much' }));
    expect(sizes()).toEqual([2 * GiB, GiB, 2 * GiB]);
    expect(sized).toEqual(['pvc-1', 'pvc-2', 'pvc-4']);
    expect(volumes.capacityOf('pvc-1', 'base-2')).toBe(0);
    sized.length = 0;
    volumes.present(volume('pvc-1', { capacity: '2Gi', phase: 'Bound' }));
    expect(sized).toEqual([]);
    volumes.present(volume('pvc-1', { capacity: '3Gi' }));
    volumes.gone(volume('pvc-2'));
    expect(sizes()).toEqual([3 * GiB, 0, 3 * GiB]);
    listAnew(volumes, volume('pvc-5', { capacity: '1Gi' }));
    expect(sizes()).toEqual([GiB, 0, 0]);
    expect(sized).toEqual(['pvc-1', 'pvc-2', 'pvc-5', 'pvc-1', 'pvc-4']);
  });

  test('tells of what went before it says that all are listed', () => {
    listAnew(volumes, inUse('pvc-1'));
    let looksWhenListed: string[] = [];
    const watched = new Volumes({
      nodeName,
      provisionerNames,
      onChange: ({ name }) => looks.push(name),
      onSize: () => undefined,
      onListed: () => {
        looksWhenListed = [...looks];
      },
    });
    listAnew(watched, inUse('pvc-1'));
    listAnew(watched);
    expect(looksWhenListed).toEqual(['pvc-1']);
  });
});
