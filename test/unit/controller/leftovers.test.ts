import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../src/kube/calls/kube-api.ts';
import { baseDirectory, volumeName, volumeRecord } from '../../support/build-views.ts';
import { abandonedGraceMs, claimObject, everything, nothing, pass, released, unusable, world } from './world.ts';

describe('what a crash or a lost change left behind', () => {
  const boundElsewhere = claimObject({
    annotations: { 'pv.kubernetes.io/bind-completed': 'yes' },
    spec: { volumeName: 'nfs-1' },
  });

  test('of a claim that is bound to another volume by now is taken back, once the disk can be used', async () => {
    world.storage.put(volumeRecord());
    world.kube.claims.set('default/data', boundElsewhere);
    world.storage.baseDirectory = unusable;
    world.start();
    await pass();
    expect(world.state).toEqual({ ...everything, volumes: [] });
    world.storage.baseDirectory = baseDirectory;
    world.controller.surroundingsChanged();
    await pass();
    expect(world.state).toEqual(nothing);
  });

  test.each([
    ['of a claim that is bound to another volume is taken back', boundElsewhere],
    ['of a claim that is gone is taken back', undefined],
  ])('%s at the start', async (_, claim) => {
    world.storage.put(volumeRecord());
    if (claim !== undefined) world.kube.claims.set('default/data', claim);
    world.start();
    await pass();
    expect(world.state).toEqual(nothing);
    expect(world.events).toEqual([]);
  });

  test('of a claim that waits still becomes its volume', async () => {
    world.storage.put(volumeRecord());
    world.kube.claims.set('default/data', claimObject());
    world.start();
    await pass();
    expect(world.state).toEqual(everything);
  });

  test('of a claim that waits for something else is looked at with the claim, and not for itself', async () => {
    world.storage.put(volumeRecord());
    world.kube.claims.set('default/data', claimObject());
    world.start({ withClass: false });
    await pass();
    expect(world.messages).toEqual(['warn: claim not provisioned (ClassNotFound)']);
    expect(world.state).toEqual({ ...everything, volumes: [] });
  });

  test('with something in it goes to the trash after the grace period, with a warning before', async () => {
    world.storage.put(volumeRecord(), ['00000000000000000000.log']);
    world.start();
    await pass(abandonedGraceMs - 1);
    expect(world.state).toEqual({ ...everything, volumes: [] });
    await pass(1);
    expect(world.state).toEqual(nothing);
    expect(world.messages.filter((line) => line.startsWith('warn'))).toEqual([
      'warn: directory has neither claim nor volume (Abandoned)',
      'warn: directory has neither claim nor volume (Abandoned)',
    ]);
    expect(world.events).toEqual([]);
  });

  test('with something in it stays if its volume comes back within the grace period', async () => {
    world.storage.put(volumeRecord(), ['00000000000000000000.log']);
    world.start();
    await pass(abandonedGraceMs - 1);
    world.kube.put(released({ phase: 'Bound' }));
    await pass(abandonedGraceMs * 20);
    expect(world.state).toEqual(everything);
  });

  test('is found by the look every ten minutes, although no change told of it', async () => {
    world.start();
    await pass();
    world.storage.put(volumeRecord());
    await pass(10 * 60_000);
    expect(world.state).toEqual(nothing);
  });

  test('in the trash is erased', async () => {
    world.storage.put(volumeRecord(), ['00000000000000000000.log']);
    await world.storage.trashDirectory(volumeName);
    world.start();
    await pass();
    expect(world.state).toEqual(nothing);
  });

  test('in the trash is erased although the crash came after its record went', async () => {
    world.storage.put(volumeRecord(), ['00000000000000000000.log']);
    await world.storage.trashDirectory(volumeName);
    world.storage.records.clear();
    world.start();
    await pass();
    expect(world.state).toEqual(nothing);
  });

  test('by a claim that went while its creation was not answered is taken back a minute later', async () => {
    world.start();
    const create = world.kube.createVolume;
    world.kube.createVolume = () => Promise.reject(new ApiError('Unknown', 'no answer'));
    world.putClaim();
    await pass();
    world.kube.createVolume = create;
    world.removeClaim();
    await pass(59_999);
    expect(world.state).toEqual({ ...everything, volumes: [] });
    await pass(1);
    expect(world.state).toEqual(nothing);
  });
});
