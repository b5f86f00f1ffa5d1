import { expect, test } from 'vitest';
import { observeRestore, type RestoreRequest } from '../../../src/restore/observe.ts';
import { basePath, nodeName, objectOf, reference, releasedVolume, volumeName } from '../../support/build-views.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeStorage } from '../../support/fake-storage.ts';

const request: RestoreRequest = { volumeName, claim: { namespace: 'default', name: 'data' }, nodeName };
const elsewhere = { namespace: 'default', name: 'other', uid: 'cccc-3' };
const name = 'pvc-other';

test.each<[string, Parameters<typeof releasedVolume>[0], boolean]>([
  ['in the same directory', { claim: elsewhere, path: `${basePath}/${volumeName}` }, true],
  ['in a directory below it', { claim: elsewhere, path: `${basePath}/./${volumeName}/data/` }, true],
  ['for the same claim, before it is made', { claim: { ...reference, uid: '' } }, true],
  ['for the same claim, which waits', { claim: { ...reference, uid: 'bbbb-2' } }, true],
  ['for an earlier claim of that name', { claim: reference }, false],
  ['for another claim', { claim: elsewhere }, false],
  ['for a claim of that name in another namespace', { claim: { ...reference, namespace: 'other', uid: '' } }, false],
  ['for no claim', { claim: undefined }, false],
])('a volume of another name %s is in the way, or not', async (_, changes, isRival) => {
  const kube = new FakeKube();
  kube.claims.set('default/data', { metadata: { ...reference, uid: 'bbbb-2' } });
  kube.put(objectOf(releasedVolume({ name, ...changes })));
  const { rivals } = await observeRestore(request, { kube, storage: new FakeStorage() });
  expect(rivals.map((rival) => rival.name)).toEqual(isRival ? [name] : []);
});

test('the volume itself is not in its own way', async () => {
  const kube = new FakeKube();
  kube.put(objectOf(releasedVolume({ claim: { ...reference, uid: '' } })));
  expect(await observeRestore(request, { kube, storage: new FakeStorage() })).toMatchObject({
    rivals: [],
    volume: { name: volumeName },
  });
});
