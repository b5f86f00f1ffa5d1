import { expect, test } from 'vitest';
import type { Volume } from '../../../src/model/volume.ts';
import { listInPlace, listKept } from '../../../src/restore/list-kept.ts';
import {
  baseDirectory,
  nodeName,
  objectOf,
  reference,
  releasedVolume,
  volumeName,
  volumeRecord,
} from '../../support/build-views.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeStorage } from '../../support/fake-storage.ts';

const cluster = 'cluster-a';
const another = 'cluster-b';
const claimRef = { namespace: 'default', name: 'new', uid: 'bbbb-2' };

interface State {
  /** Of the record; undefined when it does not say. */
  cluster?: string;
  /** Whether the directory is in the trash. */
  trashed?: true;
  volume?: Partial<Volume>;
  /** UID of the claim of that name. */
  claimUid?: string;
}

async function worldOf({ cluster: noted, trashed, volume, claimUid }: State) {
  const kube = new FakeKube();
  const storage = new FakeStorage();
  storage.baseDirectory = { ...baseDirectory, cluster: undefined };
  const { cluster: _, ...record } = volumeRecord();
  storage.put(noted === undefined ? record : { ...record, cluster: noted });
  if (trashed) await storage.trashDirectory(volumeName);
  if (volume !== undefined) kube.put(objectOf(releasedVolume(volume)));
  if (claimUid !== undefined) kube.claims.set('default/data', { metadata: { ...reference, uid: claimUid } });
  return { kube, storage };
}

test.each<[string, State, object | undefined]>([
  ['of another cluster', { cluster: another }, { kept: 'AnotherCluster' }],
  [
    'of another cluster, with a claim of that name here',
    { cluster: another, claimUid: 'bbbb-2' },
    { kept: 'AnotherCluster' },
  ],
  [
    'of another cluster, with a volume that a backup tool has made here',
    { cluster: another, volume: { claim: claimRef } },
    { kept: 'AnotherCluster', usedBy: { namespace: 'default', name: 'new' } },
  ],
  ['of an unknown cluster', {}, { kept: 'ClusterUnknown' }],
  ['ours, its claim and volume gone', { cluster }, { kept: 'Abandoned' }],
  ['ours, its claim made again', { cluster, claimUid: 'bbbb-2' }, { kept: 'Abandoned' }],
  ['ours, its claim living', { cluster, claimUid: 'aaaa-1' }, undefined],
  ['ours, with a volume', { cluster, volume: {} }, undefined],
  ['ours, with a volume that lost its label', { cluster, volume: { nodeLabel: undefined } }, undefined],
  ['of an unknown cluster, with a volume', { volume: {} }, undefined],
  ['in the trash', { cluster: another, trashed: true }, undefined],
])('a directory that is %s', async (_, state, expected) => {
  const world = await worldOf(state);
  const kept = await listKept({ ...world, nodeName, cluster });
  expect(kept).toEqual(
    expected === undefined
      ? []
      : [{ volume: volumeName, record: await world.storage.readRecord(volumeName), ...expected }],
  );
});

test('without an API server, each directory in the base directory is listed', async () => {
  const { storage } = await worldOf({ cluster, volume: {} });
  expect(await listInPlace(storage)).toMatchObject([{ volume: volumeName, kept: undefined }]);
});

test('the volumes in use are not read one by one', async () => {
  const { kube, storage } = await worldOf({ cluster, volume: {} });
  kube.readVolume = kube.readClaim = () => Promise.reject(new Error('was read'));
  expect(await listKept({ kube, storage, nodeName, cluster })).toEqual([]);
});
