import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DirectoryPlace, type FoundOnDisk, StorageError } from '../../../src/disk/port.ts';
import type { Volume } from '../../../src/model/volume.ts';
import { decide } from '../../../src/volume/decide.ts';
import { type VolumeView, volumeOfOurs } from '../../../src/volume/view.ts';
import {
  baseDirectory,
  basePath,
  nodeName,
  ownCluster,
  pendingClaim,
  provisionerNames,
  reference,
  volumeName,
  volumeRecord,
  volumeView,
} from '../../support/build-views.ts';

describe('a volume that somebody forged or damaged is not deleted', () => {
  /** @ is the base directory, # the volume's name. */
  const filledIn = (path: string) => path.replace('@', basePath).replace('#', volumeName);
  const paths = [
    ...'/ // . .. /etc /etc/passwd /tmp /tmp/ @ @/ @/. @/.. @/* @-evil/# @/../# @/../hostpath-provisioner/#'.split(' '),
    ...'@/./# @//# /@/# @/#/ @/#/. @/#/.. @/#/../pvc-bbbb-2 @/#/data @/PVC-AAAA-1 @/pvc-bbbb-2'.split(' '),
    ...'@/pvc-bbbb-2/../# @/.hostpath-provisioner @/.hostpath-provisioner/trash/# # ./# ../# ~/#'.split(' '),
    ...'@/.hostpath-provisioner/base.json file://@/# @/%70vc-aaaa-1 @/pvc-аааа-1 /proc/self/root@/#'.split(' '),
    ...['\\tmp\\hostpath-provisioner\\#', '@/# ', ' @/#', '@/#\n', '@/#\0', '@\0/#', `@/${'a'.repeat(4000)}`, ''],
  ];
  const names = [
    ...'foo . .. / pvc- pvc-../x pvc-.. pvc-.hidden PVC-aaaa-1 xpvc-aaaa-1 pvc-aaaa-1/ pvc-aaaa-1/..'.split(' '),
    ...['', '../pvc-aaaa-1', '.hostpath-provisioner', 'pvc-aaaa-1\0', 'pvc-aaaa-1\n', `pvc-${'a'.repeat(200)}`],
  ];
  const provisioners = [
    ...'kubernetes.io/host-path rancher.io/local-path hostpath-provisioner,example.com/hostpath example.com'.split(' '),
    '',
    undefined,
  ];

  const forged: [string, Partial<Volume>[]][] = [
    ['its path', [undefined, ...paths.map(filledIn)].map((path) => ({ path }))],
    ["its path, on another node's word", paths.map((path) => ({ path: filledIn(path), identity: 'node-b' }))],
    ['its name', names.map((name) => ({ name }))],
    ['its name, with a right path', names.map((name) => ({ name, path: `${basePath}/${volumeName}` }))],
    ['its node', [undefined, '', 'node-b', 'node-a.evil', 'NODE-A', '*'].map((identity) => ({ identity }))],
    ['its provisioner', provisioners.map((provisionedBy) => ({ provisionedBy }))],
    ['its base directory', ['', 'base-2', 'BASE-1', 'base-1 '].map((baseDirectoryId) => ({ baseDirectoryId }))],
  ];

  test.each(forged)('by %s', (_, volumes) => {
    for (const changes of volumes) {
      for (const deleting of [false, true]) {
        const view = volumeView({ volume: { ...changes, deleting } });
        const { action } = decide(view);
        const harmless = ['ignore', 'refuse', 'fail', ...(mayLie(view) ? [] : ['undo'])];
        expect(harmless, JSON.stringify(changes)).toContain(action);
      }
    }
  });

  test('and has its name checked before the disk is asked about it', () => {
    const disk = new StorageError('BaseDirectoryMissing', 'gone');
    const view = volumeView({ volume: { name: '../etc' }, disk });
    expect(decide(view)).toMatchObject({ action: 'refuse', reason: 'NameNotOurs' });
  });
});

/** Mostly the right value, so that views come up in which everything but one thing is right. */
const mostly = <Value>(right: Value, ...wrong: (Value | fc.Arbitrary<Value>)[]): fc.Arbitrary<Value> => {
  const others = wrong.map((value) => (value instanceof fc.Arbitrary ? value : fc.constant(value)));
  return fc.oneof({ arbitrary: fc.constant(right), weight: 3 * others.length }, ...others);
};

const text = fc.string({ unit: 'binary', maxLength: 12 });
const step = fc.constantFrom('', '.', '..', 'tmp', 'hostpath-provisioner', volumeName, 'pvc-bbbb-2', 'etc');
const anyPath = fc.oneof(
  fc.array(step, { maxLength: 6 }).map((steps) => steps.join('/')),
  text.map((suffix) => `${basePath}/${volumeName}${suffix}`),
);

const volumeFields = {
  name: mostly(volumeName, 'pvc-bbbb-2', 'foo', '../etc', '', text),
  path: mostly<string | undefined>(`${basePath}/${volumeName}`, undefined, anyPath),
  identity: mostly<string | undefined>(nodeName, undefined, '', 'node-b', text),
  hostname: mostly<string | undefined>(nodeName, undefined, 'node-b'),
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

const anyDisk = mostly<Partial<FoundOnDisk> | StorageError>(
  {},
  new StorageError('BaseDirectoryMissing', 'gone'),
  fc.record({
    // The journal gives no other: test/unit/disk/journal/journal.test.ts.
    record: fc.constantFrom(
      volumeRecord({ reclaimPolicy: 'Retain' }),
      volumeRecord({ cluster: 'cluster-b' }),
      volumeRecord(),
      undefined,
    ),
    place: fc.constantFrom<DirectoryPlace>('base', 'trash', 'nowhere'),
  }),
);

/** Of a volume object, with a claim that waits, one that lives, or none. */
const anyView: fc.Arbitrary<VolumeView> = fc
  .record({
    volume: fc.oneof(fc.record(volumeFields), fc.record(earlierFields)),
    disk: anyDisk,
    claim: mostly<'gone' | 'lives' | 'waits'>('gone', 'lives', 'waits'),
  })
  .map(({ volume, disk, claim }) => ({
    ...volumeView({ volume, disk, ...(claim !== 'gone' && { livingClaim: {} }) }),
    ...(claim === 'waits' && { waits: true, claim: pendingClaim() }),
  }));

const mayLie = ({ volume, name }: VolumeView) =>
  (volume?.hostname === undefined || volume.hostname === nodeName) && volume?.path?.includes(name) === true;

/** What must be true of a volume that is deleted, said once more and in another way than the rules say it. */
function isOursToDelete({ volume, livingClaim, disk }: VolumeView): boolean {
  if (volume === undefined || disk === undefined || disk instanceof StorageError) return false;
  const ours = volume.identity === nodeName && provisionerNames.some((name) => name === volume.provisionedBy);
  const exact = /^pvc-[a-z0-9-]+$/.test(volume.name) && volume.path === `${disk.baseDirectory.path}/${volume.name}`;
  const thisDisk = volume.baseDirectoryId === undefined || volume.baseDirectoryId === disk.baseDirectory.id;
  const known = disk.record !== undefined || disk.place === 'nowhere';
  const cluster = disk.record === undefined || disk.record.cluster === ownCluster;
  const free = livingClaim === undefined && volume.reclaimPolicy === 'Delete';
  const letGo = volume.deleting ? volume.hasFinalizer : volume.phase === 'Released';
  return ours && exact && thisDisk && known && cluster && free && letGo;
}

/** How many of the views get this decision; a test in which none does proves nothing. */
function countWith(action: string, runs: number, check: (view: VolumeView) => void): number {
  let count = 0;
  const property = fc.property(anyView, (view) => {
    if (decide(view).action !== action) return;
    count += 1;
    check(view);
  });
  fc.assert(property, { numRuns: runs });
  return count;
}

test('no volume is deleted unless name, path, node, provisioner, base directory, record, cluster, claim, policy and phase all agree', () => {
  const deleted = countWith('delete', 30_000, (view) => expect(isOursToDelete(view)).toBe(true));
  expect(deleted).toBeGreaterThan(100);
});

test('no directory becomes ours unless its volume is older than the base directory, and name, path, node and claim agree', () => {
  const adopted = countWith('adopt', 30_000, ({ volume, disk }) => {
    const { name, path, identity, claim, createdAt = '' } = volume ?? {};
    const exact = { name: volumeName, path: `${basePath}/${volumeName}`, identity: nodeName, uid: reference.uid };
    expect({ name, path, identity, uid: claim?.uid }).toEqual(exact);
    expect(Date.parse(createdAt)).toBeLessThan(Date.parse(baseDirectory.createdAt));
    expect(disk).toMatchObject({ record: undefined, place: 'base' });
  });
  expect(adopted).toBeGreaterThan(10);
});

test('a directory whose volume is not ours is at most erased from the trash, or removed if it is empty and not that volume’s', () => {
  const property = fc.property(anyView, (view) => {
    if (volumeOfOurs(view) !== undefined) return;
    const { action } = decide(view);
    expect(['ignore', 'wait', 'refuse', 'fail', 'keep', 'erase', 'undo']).toContain(action);
    if (action === 'erase') expect(view.disk).toHaveProperty('place', 'trash');
    if (action === 'undo') expect(mayLie(view)).toBe(false);
  });
  fc.assert(property, { numRuns: 5_000 });
});

test('nothing is provisioned, and no node given back, while a volume of the name exists, whoever made it', () => {
  const property = fc.property(anyView, (view) => {
    expect(['provision', 'giveBack']).not.toContain(decide(view).action);
  });
  fc.assert(property, { numRuns: 5_000 });
});
