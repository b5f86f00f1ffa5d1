import { describe, expect, test } from 'vitest';
import { baseDirectory, basePath, volumeName, volumeRecord } from '../../support/build-views.ts';
import { everything, nothing, pass, world } from './world.ts';

const toldAfterMs = 1_000;
const scanEveryMs = 10 * 60_000;
const withoutVolume = { ...everything, volumes: [] };

describe('a directory of another cluster', () => {
  test('is told and counted as long as it is there, and this cluster is asked nothing about it', async () => {
    world.storage.put(volumeRecord({ cluster: 'cluster-b' }));
    world.kube.readVolume = world.kube.readClaim = () => Promise.reject(new Error('asked'));
    world.start();
    await pass(toldAfterMs);
    const told = [{ reason: 'AnotherCluster', cluster: 'cluster-b', basePath, count: 1, example: volumeName }];
    expect(world.kept).toEqual([told]);
    expect([...world.controller.keptCounts]).toEqual([['AnotherCluster', 1]]);
    expect(world.state).toEqual(withoutVolume);
    world.storage.base.clear();
    world.storage.records.clear();
    await pass(scanEveryMs + toldAfterMs);
    expect([...world.controller.keptCounts]).toEqual([]);
    expect(world.kept).toEqual([told, []]);
  });
});

test('a directory of an unknown cluster is kept until the cluster is known, and told once', async () => {
  const { cluster: _, ...record } = volumeRecord();
  world.storage.baseDirectory = { ...baseDirectory, cluster: undefined };
  world.storage.put(record);
  world.start();
  await pass(toldAfterMs);
  world.controller.surroundingsChanged();
  await pass(toldAfterMs);
  expect(world.kept).toEqual([
    [{ reason: 'ClusterUnknown', cluster: undefined, basePath, count: 1, example: volumeName }],
  ]);
  expect(world.state).toEqual(withoutVolume);
  world.storage.baseDirectory = baseDirectory;
  world.controller.surroundingsChanged();
  await pass();
  expect([...world.controller.keptCounts]).toEqual([]);
  expect(world.state).toEqual(nothing);
});
