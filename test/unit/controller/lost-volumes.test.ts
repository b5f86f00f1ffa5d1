import { describe, expect, test, vi } from 'vitest';
import { ApiError } from '../../../src/kube/calls/kube-api.ts';
import { type releasedVolume, volumeName, volumeRecord } from '../../support/build-views.ts';
import { everything, pass, released, world } from './world.ts';

describe('a volume in use without its directory', () => {
  const bound = (changes: Parameters<typeof releasedVolume>[0] = {}) => released({ phase: 'Bound', ...changes });
  const lookAt = async (): Promise<void> => {
    world.controller.directoryChanged(volumeName);
    await pass();
  };

  test('is told and counted until it has it again, and nothing is made or removed', async () => {
    world.kube.put(bound());
    world.storage.records.set(volumeName, volumeRecord());
    world.start();
    await lookAt();
    expect([...world.controller.lost.counts]).toEqual([['DirectoryMissing', 1]]);
    expect(world.events.map(({ regarding, reason }) => [regarding.kind, reason])).toEqual([
      ['PersistentVolume', 'VolumeDirectoryMissing'],
      ['PersistentVolumeClaim', 'VolumeDirectoryMissing'],
    ]);
    expect(world.state).toEqual({ ...everything, base: [] });
    world.storage.put(volumeRecord());
    await lookAt();
    expect([...world.controller.lost.counts]).toEqual([]);
    expect(world.events.at(-1)).toMatchObject({ type: 'Normal', reason: 'VolumeDirectoryFound' });
    expect(world.state).toEqual(everything);
  });

  test('is told again every 10 minutes, for Events do not last', async () => {
    world.kube.put(bound());
    world.start();
    await lookAt();
    await pass(10 * 60_000);
    expect(world.events).toHaveLength(4);
  });

  test('is still counted while the API server cannot be asked, and after the journal was read', async () => {
    world.kube.put(bound());
    world.start();
    await lookAt();
    world.controller.surroundingsChanged();
    vi.spyOn(world.kube, 'readVolume').mockRejectedValueOnce(new ApiError('Unknown', 'no answer'));
    await lookAt();
    expect([...world.controller.lost.counts]).toEqual([['DirectoryMissing', 1]]);
  });

  test('is not counted any more when it is gone', async () => {
    world.kube.put(bound());
    world.start();
    await lookAt();
    world.kube.remove(bound());
    await pass();
    expect([...world.controller.lost.counts]).toEqual([]);
    expect(world.messages.join()).not.toContain('again');
  });
});
