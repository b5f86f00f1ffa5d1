import { describe, expect, test } from 'vitest';
import type { VolumeRecord } from '../../../src/model/volume-record.ts';
import type { RestoreRequest } from '../../../src/restore/observe.ts';
import { restoreVolume } from '../../../src/restore/restore.ts';
import {
  keptFor,
  nodeName,
  objectOf,
  releasedVolume,
  template,
  volumeName,
  volumeRecord,
} from '../../support/build-views.ts';
import { Crash, CrashPlan } from '../../support/crash.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeStorage } from '../../support/fake-storage.ts';

const request: RestoreRequest = { volumeName, claim: { namespace: 'default', name: 'data' }, nodeName };

function worldWith(record: VolumeRecord) {
  const kube = new FakeKube();
  kube.nodes.set(nodeName, { metadata: { name: nodeName, labels: { 'kubernetes.io/hostname': nodeName } } });
  const storage = new FakeStorage();
  storage.put(record, ['precious']);
  const said: string[] = [];
  return { kube, storage, said, say: (line: string) => void said.push(line) };
}

/** A cluster without the volume, and its directory in the trash. */
async function removed(cluster = 'cluster-a') {
  const world = worldWith(volumeRecord({ cluster, ...keptFor(3_600_000) }));
  await world.storage.trashDirectory(volumeName);
  return world;
}

/** A cluster without the volume, and its directory in its place, with the record of another cluster. */
const ofAnother = async () => worldWith(volumeRecord({ cluster: 'cluster-b', template }));

test('directory and volume are back, for a claim that is to be made, and the user is told', async () => {
  const world = await removed();
  expect(await restoreVolume(request, world)).toBeUndefined();
  expect(world.storage.base.get(volumeName)?.entries).toEqual(['precious']);
  expect(world.storage.trash.size).toBe(0);
  expect(world.kube.volumes.get(volumeName)).toMatchObject({
    metadata: { labels: { 'hostpath-provisioner/node': nodeName } },
    spec: {
      claimRef: { namespace: 'default', name: 'data' },
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: 'fast',
      hostPath: { path: `/tmp/hostpath-provisioner/${volumeName}` },
    },
  });
  expect(world.said).toEqual([
    expect.stringMatching(`^directory .*/${volumeName} is in its place`),
    expect.stringMatching(`^volume ${volumeName} is registered for claim default/data`),
    'create claim default/data now, with class fast, access modes ReadWriteOnce and at most 1Gi',
  ]);
});

test('a second time, there is nothing to do', async () => {
  const world = await removed();
  await restoreVolume(request, world);
  const before = world.kube.volumes.get(volumeName);
  world.said.length = 0;
  expect(await restoreVolume(request, world)).toBeUndefined();
  expect(world.said).toEqual([expect.stringContaining('nothing to do')]);
  expect(world.kube.volumes.get(volumeName)).toBe(before);
});

test('what is refused is left as it is', async () => {
  const world = await removed();
  const answer = await restoreVolume({ ...request, nodeName: 'node-b' }, world);
  expect(answer).toContain('run the command on that node');
  expect([...world.storage.trash.keys()]).toEqual([volumeName]);
  expect([world.kube.volumes.size, world.said]).toEqual([0, []]);
});

test('when somebody else registers a volume of that name meanwhile, that is left, and the user is told', async () => {
  const world = await removed();
  const create = world.kube.createVolume.bind(world.kube);
  world.kube.createVolume = async (volume) => {
    await create({ ...volume, spec: { ...volume.spec, claimRef: { namespace: 'default', name: 'other' } } });
    await create(volume);
  };
  expect(await restoreVolume(request, world)).toContain('exists for claim default/other');
});

test('a directory of another cluster goes to a claim of this one, and the user is told', async () => {
  const world = await ofAnother();
  expect(await restoreVolume(request, world)).toBeUndefined();
  expect(world.storage.base.get(volumeName)?.entries).toEqual(['precious']);
  expect(world.storage.records.get(volumeName)).toMatchObject({ cluster: 'cluster-a', reclaimPolicy: 'Retain' });
  expect(world.kube.volumes.get(volumeName)?.spec).toMatchObject({ persistentVolumeReclaimPolicy: 'Retain' });
  expect(world.said[1]).toBe('it belonged to cluster cluster-b, and belongs to this cluster now');
});

test('a volume that a backup tool has made for the claim stays, and the record becomes one of this cluster', async () => {
  const world = await ofAnother();
  world.kube.put(objectOf(releasedVolume({ phase: 'Bound', claim: { ...request.claim, uid: 'bbbb-2' } })));
  world.kube.claims.set('default/data', { metadata: { ...request.claim, uid: 'bbbb-2' } });
  const before = world.kube.volumes.get(volumeName);
  expect(await restoreVolume(request, world)).toBeUndefined();
  expect(world.kube.volumes.get(volumeName)).toBe(before);
  expect(world.storage.records.get(volumeName)).toMatchObject({ cluster: 'cluster-a' });
  expect(world.said[0]).toContain('with reclaim policy Delete');
  expect(world.said[1]).toContain('belonged to cluster cluster-b');
});

describe('killed at any step', () => {
  const worlds = {
    'from the trash': { make: () => removed(), steps: 3 },
    'from the trash of another cluster': { make: () => removed('cluster-b'), steps: 3 },
    'from its place, of another cluster': { make: ofAnother, steps: 2 },
  };
  const ways = (['before', 'after'] as const).flatMap((side) =>
    Object.entries(worlds).map(([what, { make, steps }]) => ({ side, what, make, steps })),
  );
  test.each(ways)('$side it, $what: the same call again ends the same', async ({ side, make, steps }) => {
    for (let at = 0; at < steps; at++) {
      const world = await make();
      const plan = new CrashPlan(at, side);
      const crashing = {
        ...world,
        kube: plan.over(world.kube, 'createVolume'),
        storage: plan.over(world.storage, 'restoreDirectory', 'takeOver'),
      };
      await expect(restoreVolume(request, crashing)).rejects.toThrow(Crash);
      expect(await restoreVolume(request, world)).toBeUndefined();
      expect([...world.storage.base.keys()]).toEqual([volumeName]);
      expect(world.storage.records.get(volumeName)).toMatchObject({ cluster: 'cluster-a', reclaimPolicy: 'Retain' });
      expect([...world.kube.volumes.keys()]).toEqual([volumeName]);
    }
  });
});
