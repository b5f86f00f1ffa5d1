import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideDelete } from '../../../src/delete/decide.ts';
import type { VolumeView } from '../../../src/delete/observe.ts';
import { type DirectoryPlace, StorageError } from '../../../src/disk/port.ts';
import { volumeOf } from '../../../src/model/volume.ts';
import {
  baseDirectory,
  basePath,
  nodeName,
  objectOf,
  ownCluster,
  provisionerNames,
  reference,
  releasedVolume,
  volumeName,
  volumeRecord,
} from '../../support/build-views.ts';

/** Mostly the right value, so that views come up in which everything but one thing is right. */
const mostly = <Value>(right: Value, ...wrong: (Value | fc.Arbitrary<Value>)[]): fc.Arbitrary<Value> => {
  const others = wrong.map((value) => (value instanceof fc.Arbitrary ? value : fc.constant(value)));
  return fc.oneof({ arbitrary: fc.constant(right), weight: 3 * others.length }, ...others);
};

const text = fc.string({ unit: 'binary', maxLength: 12 });
const anyName = mostly(volumeName, 'pvc-bbbb-2', 'foo', '../etc', '', text);
const step = fc.constantFrom('', '.', '..', 'tmp', 'hostpath-provisioner', volumeName, 'pvc-bbbb-2', 'etc');
const anyPath = fc.oneof(
  fc.constantFrom('/', '/etc', basePath, `${basePath}/`, `${basePath}/pvc-bbbb-2`, `${basePath}-evil/${volumeName}`),
  fc.array(step, { maxLength: 6 }).map((steps) => steps.join('/')),
  text.map((suffix) => `${basePath}/${volumeName}${suffix}`),
);

const volumeFields = {
  name: anyName,
  path: mostly<string | undefined>(`${basePath}/${volumeName}`, undefined, anyPath),
  identity: mostly<string | undefined>(nodeName, undefined, '', 'node-b', text),
  provisionedBy: mostly<string | undefined>('hostpath-provisioner', undefined, '', 'theirs', text),
  nodeLabel: mostly<string | undefined>(nodeName, undefined, 'node-b'),
  createdAt: mostly<string | undefined>('2026-11-20T10:00:00Z', '2026-10-01T10:00:00Z', undefined, text),
  baseDirectoryId: mostly<string | undefined>(baseDirectory.id, undefined, '', 'base-2', text),
  phase: fc.constantFrom('Released', 'Released', 'Bound', 'Available', 'Failed', undefined),
  reclaimPolicy: mostly<string | undefined>('Delete', undefined, 'Retain', 'Recycle', 'delete', text),
  deleting: fc.boolean(),
  hasFinalizer: fc.boolean(),
  claim: mostly<typeof reference | undefined>(reference, undefined, { ...reference, uid: 'other' }),
};

/** Mostly like a volume of the original provisioner. */
const earlierFields = {
  ...volumeFields,
  nodeLabel: mostly<string | undefined>(undefined, nodeName, 'node-b'),
  createdAt: mostly<string | undefined>('2026-10-01T10:00:00Z', '2026-11-20T10:00:00Z', undefined, text),
  baseDirectoryId: mostly<string | undefined>(undefined, baseDirectory.id, text),
};

const anyDisk = fc.oneof(
  { arbitrary: fc.constant(new StorageError('BaseDirectoryMissing', 'gone')), weight: 1 },
  {
    arbitrary: fc.record({
      baseDirectory: fc.constant(baseDirectory),
      // The journal gives no other: test/unit/storage/journal.test.ts.
      record: fc.constantFrom(
        volumeRecord(),
        volumeRecord({ reclaimPolicy: 'Retain' }),
        volumeRecord({ cluster: 'cluster-b' }),
        undefined,
      ),
      place: fc.constantFrom<DirectoryPlace>('base', 'trash', 'nowhere'),
    }),
    weight: 12,
  },
);

const anyView: fc.Arbitrary<VolumeView> = fc
  .record({
    changes: fc.oneof(fc.record(volumeFields), fc.record(earlierFields)),
    disk: anyDisk,
    livingClaim: mostly<typeof reference | undefined>(undefined, reference),
  })
  .map(({ changes, disk, livingClaim }) => {
    const object = objectOf(releasedVolume(changes));
    return {
      name: changes.name,
      volume: volumeOf(object),
      object,
      livingClaim,
      disk,
      nodeName,
      provisionerNames,
      basePath,
      ownCluster,
    };
  });

/** What must be true of a volume that is deleted, said once more and in another way than the decision says it. */
function isOursToDelete({ volume, livingClaim, disk }: VolumeView): boolean {
  if (volume === undefined || disk instanceof StorageError) return false;
  const ours = volume.identity === nodeName && provisionerNames.some((name) => name === volume.provisionedBy);
  const exact = /^pvc-[a-z0-9-]+$/.test(volume.name) && volume.path === `${disk.baseDirectory.path}/${volume.name}`;
  const thisDisk = volume.baseDirectoryId === undefined || volume.baseDirectoryId === disk.baseDirectory.id;
  const known = disk.record !== undefined || disk.place === 'nowhere';
  const cluster = disk.record === undefined || disk.record.cluster === ownCluster;
  const free = livingClaim === undefined && volume.reclaimPolicy === 'Delete';
  const letGo = volume.deleting ? volume.hasFinalizer : volume.phase === 'Released';
  return ours && exact && thisDisk && known && cluster && free && letGo;
}

test('no volume is deleted unless name, path, node, provisioner, base directory, record, cluster, claim, policy and phase all agree', () => {
  let deleted = 0;
  fc.assert(
    fc.property(anyView, (view) => {
      const { action } = decideDelete(view);
      if (action !== 'delete') return;
      deleted++;
      expect(isOursToDelete(view)).toBe(true);
    }),
    { numRuns: 30_000 },
  );
  // A test in which nothing is ever deleted proves nothing.
  expect(deleted).toBeGreaterThan(100);
});

test('no directory becomes ours unless its volume is older than the base directory, and name, path, node and claim agree', () => {
  let adopted = 0;
  fc.assert(
    fc.property(anyView, (view) => {
      if (decideDelete(view).action !== 'adopt') return;
      adopted++;
      const { name, path, identity, claim, createdAt = '' } = view.volume ?? {};
      expect({ name, path, identity, uid: claim?.uid }).toEqual({
        name: volumeName,
        path: `${basePath}/${volumeName}`,
        identity: nodeName,
        uid: reference.uid,
      });
      expect(Date.parse(createdAt)).toBeLessThan(Date.parse(baseDirectory.createdAt));
      expect(view.disk).toMatchObject({ record: undefined, place: 'base' });
    }),
    { numRuns: 30_000 },
  );
  expect(adopted).toBeGreaterThan(10);
});

test('a directory whose volume is not ours is at most erased from the trash, or told of, or given to its own claim to ask for', () => {
  fc.assert(
    fc.property(anyView, (view) => {
      const { identity, provisionedBy } = view.volume ?? {};
      if (identity === nodeName && provisionerNames.includes(provisionedBy ?? '')) return;
      const decision = decideDelete(view);
      expect(['ignore', 'keep', 'askClaim', 'erase', 'refuse']).toContain(decision.action);
      if (decision.action === 'askClaim') expect(decision.claim).toEqual(reference);
      if (decision.action === 'erase') expect(view.disk).toHaveProperty('place', 'trash');
    }),
    { numRuns: 5_000 },
  );
});
