import { describe, expect, test, vi } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import { ApiError } from '../../../src/kube/calls/kube-api.ts';
import { volumeName, volumeRecord } from '../../support/build-views.ts';
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

  test('that somebody lets go by hand, and whose directory cannot be moved, leaves that to its claim', async () => {
    withVolume([]);
    world.storage.trashDirectory = async () => {
      world.kube.remove(released());
      throw new StorageError('StorageFailed', 'EIO');
    };
    world.start();
    await pass();
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
    await pass();
    expect(world.state).toEqual(nothing);
  });
});
