import { beforeEach, describe, expect, test } from 'vitest';
import { OwnVolumes } from '../../../src/changes/volumes.ts';
import type { PersistentVolumeObject } from '../../../src/model/kubernetes.ts';
import { basePath, nodeName, objectOf, provisionerNames, releasedVolume } from '../../support/build-views.ts';
import { listAnew } from '../../support/list-anew.ts';

const volume = (name: string, changes: Parameters<typeof releasedVolume>[0] = {}): PersistentVolumeObject =>
  objectOf(releasedVolume({ name, ...changes }));
const inUse = (name: string): PersistentVolumeObject => volume(name, { phase: 'Bound' });

let looks: string[];
let listed: number;
let volumes: OwnVolumes;
beforeEach(() => {
  looks = [];
  listed = 0;
  volumes = new OwnVolumes({
    nodeName,
    provisionerNames,
    onLook: (name) => looks.push(name),
    onListed: () => {
      listed += 1;
    },
  });
});

describe('OwnVolumes', () => {
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

  test('says when they are listed, each time', () => {
    listAnew(volumes);
    listAnew(volumes);
    expect(listed).toBe(2);
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

  test('tells of what went before it says that all are listed', () => {
    listAnew(volumes, inUse('pvc-1'));
    let looksWhenListed: string[] = [];
    const watched = new OwnVolumes({
      nodeName,
      provisionerNames,
      onLook: (name) => looks.push(name),
      onListed: () => {
        looksWhenListed = [...looks];
      },
    });
    listAnew(watched, inUse('pvc-1'));
    listAnew(watched);
    expect(looksWhenListed).toEqual(['pvc-1']);
  });
});

describe('a volume that we delete', () => {
  const letGo = { name: 'pvc-1', uid: 'uid-1' };
  const released = (changes: Parameters<typeof releasedVolume>[0] = {}) =>
    volume('pvc-1', { uid: 'uid-1', ...changes });
  const deleting = released({ deleting: true });

  /** Deletes it, and has the watch tell of changes meanwhile. Returns the looks that all asks for, from then on. */
  async function looksOf({ meanwhile = [], fails = false }: { meanwhile?: (() => void)[]; fails?: boolean }) {
    const deed = volumes.withoutEcho(letGo, async () => {
      for (const tell of meanwhile) tell();
      if (fails) throw new Error('Conflict');
    });
    await (fails ? expect(deed).rejects.toThrow('Conflict') : deed);
    return looks;
  }

  beforeEach(() => {
    listAnew(volumes, released());
    looks.length = 0;
  });

  test('is not looked at for what is told of that meanwhile', async () => {
    expect(await looksOf({ meanwhile: [() => volumes.present(deleting), () => volumes.gone(deleting)] })).toEqual([]);
    expect(volumes.names?.has('pvc-1')).toBe(false);
  });

  test('is not looked at for what is told of that afterwards', async () => {
    await looksOf({});
    volumes.present(deleting);
    volumes.present(deleting);
    volumes.gone(deleting);
    expect(looks).toEqual([]);
  });

  test.each<[string, () => void]>([
    ['it is being deleted', () => volumes.present(deleting)],
    ['it is gone', () => volumes.gone(deleting)],
  ])('is looked at when that fails, for what was told meanwhile: %s', async (_, tell) => {
    expect(await looksOf({ meanwhile: [tell], fails: true })).toEqual(['pvc-1']);
  });

  test('is not looked at when that fails and nothing was told, but for what is told then', async () => {
    expect(await looksOf({ fails: true })).toEqual([]);
    volumes.present(deleting);
    expect(looks).toEqual(['pvc-1']);
  });

  test.each<[string, PersistentVolumeObject]>([
    ['changes otherwise', released({ reclaimPolicy: 'Retain' })],
    ['is another one of that name', released({ uid: 'uid-2', deleting: true })],
  ])('is looked at when it %s, and from then on', async (_, object) => {
    expect(await looksOf({ meanwhile: [() => volumes.present(object)] })).toEqual(['pvc-1']);
    volumes.present(deleting);
    volumes.gone(deleting);
    expect(looks).toEqual(['pvc-1', 'pvc-1', 'pvc-1']);
  });

  test('is looked at when another one of that name is gone', async () => {
    expect(await looksOf({ meanwhile: [() => volumes.gone(released({ uid: 'uid-2' }))] })).toEqual(['pvc-1']);
  });

  test('is looked at when it is there again', async () => {
    await looksOf({ meanwhile: [() => volumes.gone(deleting)] });
    volumes.present(deleting);
    expect(looks).toEqual(['pvc-1']);
  });

  test.each([
    ['shows it', [deleting]],
    ['does not show it', []],
  ])('is looked at when a new list %s', async (_, list) => {
    await looksOf({});
    listAnew(volumes, ...list);
    expect(looks).toEqual(['pvc-1']);
  });

  test('is looked at when a list shows it that had begun before', async () => {
    volumes.listing();
    await looksOf({});
    volumes.present(deleting);
    expect(looks).toEqual(['pvc-1']);
  });

  test('is looked at when it comes and goes after it was not known here', async () => {
    volumes.gone(released());
    looks.length = 0;
    await looksOf({});
    volumes.present(deleting);
    volumes.gone(deleting);
    expect(looks).toEqual(['pvc-1', 'pvc-1']);
  });
});
