import { describe, expect, test, vi } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import { ApiError } from '../../../src/kube/calls/kube-api.ts';
import { type releasedVolume, volumeName, volumeRecord } from '../../support/build-views.ts';
import { listAnew } from '../../support/list-anew.ts';
import { gated, nothing, pass, released, world } from './world.ts';

/** A released volume of ours, and its directory. */
function withVolume(entries = ['data']) {
  world.storage.put(volumeRecord(), entries);
  world.kube.put(released());
  return { readVolume: vi.spyOn(world.kube, 'readVolume'), readClaim: vi.spyOn(world.kube, 'readClaim') };
}

describe('deleting a volume', () => {
  test('reads volume and claim once', async () => {
    const { readVolume, readClaim } = withVolume();
    world.start();
    await pass(60_000);
    expect(world.state).toEqual(nothing);
    expect(readVolume).toHaveBeenCalledTimes(1);
    expect(readClaim).toHaveBeenCalledTimes(1);
  });

  test('that somebody lets go by hand, and whose directory cannot be moved, is taken back by the next try', async () => {
    withVolume([]);
    world.storage.trashDirectory = async () => {
      world.kube.remove(released());
      throw new StorageError('StorageFailed', 'EIO');
    };
    world.start();
    await pass(1_000);
    expect(world.state).toEqual(nothing);
  });

  test('is finished when the answer to its last step is lost', async () => {
    withVolume();
    const removeFinalizer = world.kube.removeFinalizer.bind(world.kube);
    world.kube.removeFinalizer = async (volume) => {
      await removeFinalizer(volume);
      throw new ApiError('Unknown', 'no answer');
    };
    world.start();
    await pass(1_000);
    expect(world.state).toEqual(nothing);
  });

  test('is finished when somebody else deletes it in the same moment', async () => {
    withVolume();
    const deletion = gated(world.kube, 'deleteVolume');
    world.start();
    await pass();
    expect(deletion.begun).toBe(1);
    const object = world.kube.volumes.get(volumeName);
    const metadata = { ...object?.metadata, deletionTimestamp: '2026-11-22T10:00:00Z' };
    world.kube.put({ ...object, metadata });
    deletion.open();
    await pass(100);
    expect(world.state).toEqual(nothing);
  });
});

describe('a volume that we delete', () => {
  const deleting = (changes: Parameters<typeof releasedVolume>[0] = {}) => released({ deleting: true, ...changes });

  /** Deletes it, and keeps quiet what the watch would tell of that. Returns how often it is looked at from then on. */
  async function deleted() {
    withVolume();
    world.start();
    world.kube.watcher = undefined;
    await pass();
    expect(world.state).toEqual(nothing);
    world.lines.length = 0;
    return async () => {
      await pass();
      return world.lines.filter(({ volume }) => volume === volumeName).length;
    };
  }

  test('is not looked at for what is told of that', async () => {
    const looks = await deleted();
    for (const _ of ['our DELETE', 'a finalizer']) world.controller.volumes.present(deleting());
    world.controller.volumes.gone(deleting());
    expect(await looks()).toBe(0);
  });

  test('is looked at for what is told when that has failed', async () => {
    const { readVolume } = withVolume();
    vi.spyOn(world.kube, 'deleteVolume').mockRejectedValueOnce(new ApiError('Forbidden', 'no'));
    world.start();
    await pass();
    world.controller.volumes.present(deleting());
    await pass();
    expect(readVolume).toHaveBeenCalledTimes(2);
    expect(world.state).toEqual(nothing);
  });

  test.each<[string, () => void]>([
    ['it changes otherwise', () => world.controller.volumes.present(released({ reclaimPolicy: 'Retain' }))],
    ['it is another one of that name', () => world.controller.volumes.present(deleting({ uid: 'uid-2' }))],
    ['another one of that name is gone', () => world.controller.volumes.gone(deleting({ uid: 'uid-2' }))],
    ['a new list shows it', () => listAnew(world.controller.volumes, deleting())],
    ['a new list does not show it', () => listAnew(world.controller.volumes)],
  ])('is looked at when %s, and from then on', async (_, tell) => {
    const looks = await deleted();
    tell();
    expect(await looks()).toBe(1);
  });

  test('is looked at when it is there again', async () => {
    const looks = await deleted();
    world.controller.volumes.gone(deleting());
    world.controller.volumes.present(deleting());
    expect(await looks()).toBe(1);
  });

  test('is looked at when a list shows it that had begun before', async () => {
    world.start();
    world.kube.watcher = undefined;
    const { readVolume } = withVolume();
    world.controller.volumes.listing();
    world.controller.directoryChanged(volumeName);
    await pass();
    expect(world.state).toEqual(nothing);
    readVolume.mockClear();
    world.controller.volumes.present(deleting());
    await pass();
    expect(readVolume).toHaveBeenCalledTimes(1);
  });
});
