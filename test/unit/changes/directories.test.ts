import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DirectoryWatch } from '../../../src/changes/directories.ts';
import { Volumes } from '../../../src/changes/volumes.ts';
import { type BaseDirectory, StorageError } from '../../../src/disk/port.ts';
import {
  baseDirectory,
  nodeName,
  objectOf,
  provisionerNames,
  releasedVolume,
  volumeName,
  volumeRecord,
} from '../../support/build-views.ts';
import { FakeStorage } from '../../support/fake-storage.ts';
import { listAnew } from '../../support/list-anew.ts';

const lookEveryMs = 10_000;
const bound = (changes: Parameters<typeof releasedVolume>[0] = {}) =>
  objectOf(releasedVolume({ phase: 'Bound', ...changes }));

class World {
  readonly storage = new FakeStorage();
  readonly lost: string[] = [];
  readonly looks: string[] = [];
  base: BaseDirectory | StorageError | undefined = baseDirectory;
  readonly volumes = new Volumes({
    nodeName,
    provisionerNames,
    onChange: () => {},
    onSize: () => undefined,
    onListed: () => {},
  });
  readonly watch = new DirectoryWatch({
    storage: this.storage,
    volumes: () => this.volumes,
    lost: () => this.lost,
    base: () => this.base,
    onChange: (name) => this.looks.push(name),
  });

  /** What is found by the looks of this time. */
  async pass(ms: number): Promise<string[]> {
    await vi.advanceTimersByTimeAsync(ms);
    return this.looks.splice(0);
  }
}

let world: World;
beforeEach(() => {
  vi.useFakeTimers();
  world = new World();
});
afterEach(() => {
  world.watch.stop();
  vi.useRealTimers();
});

describe('the directories of volumes in use', () => {
  test('are looked at from the start, and every 10 seconds', async () => {
    listAnew(world.volumes, bound());
    world.watch.start();
    expect(await world.pass(0)).toEqual([volumeName]);
    world.storage.put(volumeRecord());
    expect(await world.pass(lookEveryMs)).toEqual([]);
    world.storage.base.clear();
    expect(await world.pass(lookEveryMs - 1)).toEqual([]);
    expect(await world.pass(1)).toEqual([volumeName]);
  });

  test('cost nothing more while they are there, or known to be lost', async () => {
    listAnew(world.volumes, bound(), bound({ name: 'pvc-lost' }));
    world.storage.put(volumeRecord());
    world.lost.push('pvc-lost');
    world.watch.start();
    expect(await world.pass(10 * lookEveryMs)).toEqual([]);
  });

  test('are seen when they are back', async () => {
    listAnew(world.volumes, bound());
    world.lost.push(volumeName);
    world.watch.start();
    world.storage.put(volumeRecord());
    expect(await world.pass(lookEveryMs)).toContain(volumeName);
  });

  test.each<[string, Parameters<typeof releasedVolume>[0]]>([
    ['a released volume', { phase: 'Released' }],
    ["another node's", { identity: 'node-b' }],
    ["another provisioner's", { provisionedBy: 'theirs' }],
    ['a volume at another path', { path: '/elsewhere/pvc-aaaa-1' }],
    ['a volume without path', { path: undefined }],
  ])('are not missed of %s', async (_, changes) => {
    listAnew(world.volumes, bound(changes));
    world.watch.start();
    expect(await world.pass(lookEveryMs)).toEqual([]);
  });

  test.each<[string, World['base'], number]>([
    ['another base directory', { ...baseDirectory, id: 'base-2' }, 1],
    ['another disk', new StorageError('BaseDirectoryReplaced', ''), 1],
    ['a read-only one', new StorageError('ReadOnly', ''), 0],
    ['one that was not looked at yet', undefined, 0],
  ])('are missed, or not, though their names are there, in %s', async (_, base, count) => {
    listAnew(world.volumes, bound());
    world.storage.put(volumeRecord());
    world.base = base;
    world.watch.start();
    expect(await world.pass(0)).toHaveLength(count);
  });
});

describe('a volume that is known to have lost its directory', () => {
  test('is looked at when the base directory changes, for another reason may hold now', async () => {
    listAnew(world.volumes, bound(), bound({ name: 'pvc-well' }));
    world.lost.push(volumeName);
    world.storage.put(volumeRecord({ volume: 'pvc-well' }));
    void world.watch.baseChanged();
    expect(await world.pass(0)).toEqual([volumeName]);
  });

  test.each([
    ['is gone', []],
    ['is no longer in use', [bound({ phase: 'Released' })]],
  ])('is looked at when it %s, so that it is not counted for ever', async (_, volumes) => {
    listAnew(world.volumes, ...volumes);
    world.lost.push(volumeName);
    world.watch.start();
    expect(await world.pass(0)).toEqual([volumeName]);
  });
});

test('names that cannot be read prove nothing', async () => {
  listAnew(world.volumes, bound());
  const list = vi
    .spyOn(world.storage, 'listDirectories')
    .mockRejectedValueOnce(new StorageError('StorageFailed', 'EIO'));
  world.watch.start();
  expect(await world.pass(0)).toEqual([]);
  expect(await world.pass(lookEveryMs)).toEqual([volumeName]);
  expect(list).toHaveBeenCalledTimes(2);
});

test('a disk that does not answer is not asked again before it has', async () => {
  const answer = Promise.withResolvers<ReadonlySet<string>>();
  const list = vi.spyOn(world.storage, 'listDirectories').mockReturnValue(answer.promise);
  world.watch.start();
  await world.pass(5 * lookEveryMs);
  expect(list).toHaveBeenCalledTimes(1);
  answer.resolve(new Set());
  await world.pass(lookEveryMs);
  expect(list).toHaveBeenCalledTimes(2);
});
