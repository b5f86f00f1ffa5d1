import { describe, expect, test } from 'vitest';
import { observeVolume } from '../../../src/delete/observe.ts';
import { StorageError } from '../../../src/disk/port.ts';
import {
  nodeName,
  objectOf,
  ownCluster,
  provisionerNames,
  reference,
  releasedVolume,
  volumeName,
  volumeRecord,
} from '../../support/build-views.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeStorage } from '../../support/fake-storage.ts';

const another = { namespace: 'default', name: 'another', uid: 'bbbb-2' };

function sources() {
  return { kube: new FakeKube(), storage: new FakeStorage(), nodeName, provisionerNames, ownCluster: () => ownCluster };
}

describe('observeVolume', () => {
  test('finds nothing where there is nothing', async () => {
    expect(await observeVolume(volumeName, sources())).toMatchObject({
      volume: undefined,
      object: undefined,
      livingClaim: undefined,
      disk: { record: undefined, place: 'nowhere' },
    });
  });

  test('finds the volume, its record and its directory', async () => {
    const given = sources();
    given.kube.put(objectOf(releasedVolume()));
    given.storage.put(volumeRecord());
    expect(await observeVolume(volumeName, given)).toMatchObject({
      volume: { name: volumeName },
      object: given.kube.volumes.get(volumeName),
      disk: { record: { volume: volumeName }, place: 'base' },
    });
  });

  test.each([
    ['the claim that the volume names', another, another],
    ['the claim that the directory was made for', reference, reference],
    ['a claim of the same name that was made again', { ...reference, uid: 'again' }, undefined],
  ])('counts as living: %s', async (_, existing, living) => {
    const given = sources();
    given.kube.put(objectOf(releasedVolume({ claim: another })));
    given.storage.put(volumeRecord());
    given.kube.claims.set(`default/${existing.name}`, { metadata: existing });
    expect((await observeVolume(volumeName, given)).livingClaim).toEqual(living);
  });

  test('sees a base directory that cannot be used, and asks for the claim all the same', async () => {
    const given = sources();
    given.kube.put(objectOf(releasedVolume()));
    given.kube.claims.set('default/data', { metadata: reference });
    given.storage.baseDirectory = new StorageError('ReadOnly', 'read-only');
    expect(await observeVolume(volumeName, given)).toMatchObject({
      disk: given.storage.baseDirectory,
      livingClaim: reference,
    });
  });

  test('does not take a defect for a fact', async () => {
    const given = sources();
    given.storage.locate = () => Promise.reject(new TypeError('defect'));
    await expect(observeVolume(volumeName, given)).rejects.toThrow('defect');
  });
});
