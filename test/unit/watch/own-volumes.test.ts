import { beforeEach, describe, expect, test } from 'vitest';
import type { PersistentVolumeObject } from '../../../src/model/kubernetes.ts';
import { OwnVolumes } from '../../../src/watch/own-volumes.ts';
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
  ])('a volume that is %s needs a look: %s', (_, changes, needed) => {
    volumes.present(volume('pvc-1', changes));
    expect(looks).toEqual(needed ? ['pvc-1'] : []);
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
