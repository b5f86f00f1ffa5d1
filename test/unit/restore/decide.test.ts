import { describe, expect, test } from 'vitest';
import type { Claim } from '../../../src/model/claim.ts';
import type { Volume } from '../../../src/model/volume.ts';
import { decideRestore } from '../../../src/restore/decide.ts';
import type { RestoreView } from '../../../src/restore/observe.ts';
import {
  baseDirectory,
  cls,
  keptFor,
  nodeName,
  pendingClaim,
  releasedVolume,
  template,
  volumeName,
  volumeRecord,
} from '../../support/build-views.ts';

const here = 'cluster-a';
const trashed = volumeRecord({ cluster: here, ...keptFor(3_600_000), trashedAt: '2026-11-22T11:00:00.000Z' });
const kept = volumeRecord({ cluster: here, ...keptFor(3_600_000), reclaimPolicy: 'Retain' });
const ofAnother = volumeRecord({ cluster: 'cluster-b', template });
/** Of an earlier version, in a base directory that was not labelled with a cluster. */
const { template: _template, cluster: _cluster, ...unknown } = volumeRecord();

/** A volume that lies in the trash, and a claim that is not there. */
const restoreView = (changes: Partial<RestoreView> = {}): RestoreView => ({
  request: { volumeName, claim: { namespace: 'default', name: 'data' }, nodeName },
  cluster: here,
  nodeLabels: { 'kubernetes.io/hostname': nodeName },
  baseDirectory,
  record: trashed,
  place: 'trash',
  volume: undefined,
  rivals: [],
  claim: undefined,
  ownClaimLives: false,
  class: undefined,
  ...changes,
});

const newClaim = (changes: Partial<Claim> = {}): Claim => pendingClaim({ uid: 'bbbb-2', ...changes });

const restored = (changes: Partial<Volume> = {}): Volume =>
  releasedVolume({ phase: 'Available', reclaimPolicy: 'Retain', hasFinalizer: false, ...changes });

const name = { namespace: 'default', name: 'data' };
const ofWaiting = { ...name, uid: 'bbbb-2' };

describe('is restored', () => {
  const inPlace = { place: 'base', record: ofAnother } as const;
  test.each<[string, Partial<RestoreView>, object]>([
    ['for a claim that is to be made', {}, name],
    ['for a claim that waits', { claim: newClaim() }, ofWaiting],
    ['for a claim that asked for this volume', { claim: newClaim({ volumeName }) }, ofWaiting],
    ['for a claim that asks for less', { claim: newClaim({ requestedStorage: '1Mi' }) }, ofWaiting],
    ['when its directory is back already', { place: 'base', record: kept }, name],
    ['when the record is back already', { record: kept }, name],
    ['from the trash of another cluster', { record: { ...trashed, cluster: 'cluster-b' } }, name],
    ['from its place, of another cluster, for a claim that is to be made', inPlace, name],
    ['from its place, of another cluster, for a claim that waits', { ...inPlace, claim: newClaim() }, ofWaiting],
    [
      'from its place, of an unknown cluster',
      { place: 'base', record: { ...unknown, template }, claim: newClaim() },
      ofWaiting,
    ],
    [
      'from its place, when claim and volume of this cluster are gone',
      { place: 'base', record: volumeRecord({ cluster: here, template }) },
      name,
    ],
    [
      'for its own claim, whose volume object is gone',
      { place: 'base', record: kept, ownClaimLives: true, claim: pendingClaim({ volumeName }) },
      { ...name, uid: 'aaaa-1' },
    ],
  ])('%s', (_, changes, claim) => {
    const view = restoreView(changes);
    const { trashedAt: _trashedAt, ...record } = view.record ?? volumeRecord();
    expect(decideRestore(view)).toEqual({
      action: 'restore',
      from: view.place,
      plan: {
        ...template,
        record: { ...record, cluster: here, reclaimPolicy: 'Retain' },
        claim,
        reclaimPolicy: 'Retain',
      },
    });
  });

  test('on the node as it is called now', () => {
    const renamed = { 'kubernetes.io/hostname': 'host-b' };
    const decision = decideRestore(restoreView({ nodeLabels: renamed, place: 'base', record: ofAnother }));
    const hostname = 'host-b';
    expect(decision).toMatchObject({ plan: { hostname, record: { template: { hostname } } } });
  });

  test('as class and claim say, when the record of an earlier version does not', () => {
    const parameters = { volumeType: 'local' };
    const claim = newClaim({ accessModes: ['ReadWriteMany'], requestedStorage: '3Gi' });
    const found = cls({ parameters, mountOptions: ['noatime'], provisioner: 'example.com/hostpath' });
    const wanted = {
      provisioner: 'example.com/hostpath',
      capacity: '3Gi',
      accessModes: ['ReadWriteMany'],
      volumeMode: 'Filesystem',
      mountOptions: ['noatime'],
      volumeType: 'local',
      hostname: nodeName,
    };
    expect(decideRestore(restoreView({ place: 'base', record: unknown, claim, class: found }))).toMatchObject({
      action: 'restore',
      plan: { ...wanted, record: { cluster: here, template: wanted } },
    });
  });
});

describe('is taken over when the claim has it already, and only the record is of another cluster', () => {
  const claimed = { ...name, uid: 'bbbb-2' };
  test.each<[string, Partial<RestoreView>, 'Delete' | 'Retain']>([
    ['with policy Delete', { volume: restored({ claim: claimed, reclaimPolicy: 'Delete', phase: 'Bound' }) }, 'Delete'],
    ['with policy Retain', { volume: restored({ claim: claimed, phase: 'Bound' }) }, 'Retain'],
    ['before it is bound', { volume: restored({ claim: { ...name, uid: '' } }) }, 'Retain'],
    ['of an unknown cluster', { record: unknown, class: cls(), volume: restored({ claim: claimed }) }, 'Retain'],
  ])('%s', (_, changes, reclaimPolicy) => {
    const view = restoreView({ place: 'base', record: ofAnother, claim: newClaim({ volumeName }), ...changes });
    expect(decideRestore(view)).toEqual({
      action: 'takeOver',
      record: { ...view.record, cluster: here, reclaimPolicy: 'Retain' },
      reclaimPolicy,
    });
  });
});

describe('is confirmed when an earlier try has registered it', () => {
  const claimed = (uid: string) => restored({ claim: { namespace: 'default', name: 'data', uid } });
  test.each<[string, Partial<RestoreView>]>([
    ['for the claim, which is to be made', { volume: claimed('') }],
    ['for the claim, which has just been made', { volume: claimed(''), claim: newClaim() }],
    ['for the claim, which has it', { volume: claimed('bbbb-2'), claim: newClaim({ volumeName }) }],
  ])('%s', (_, changes) => {
    expect(decideRestore(restoreView({ place: 'base', record: kept, ...changes }))).toEqual({ action: 'confirm' });
  });
});

describe('is refused', () => {
  const inBase = { place: 'base', record: kept } as const;
  const fromElsewhere = { place: 'base', record: ofAnother } as const;
  const ofOther = restored({ claim: { namespace: 'default', name: 'other', uid: '' } });
  const unreadable = cls({ parameters: { colour: 'red' } });
  const moreModes = newClaim({ accessModes: ['ReadWriteOnce', 'ReadWriteMany'] });
  test.each<[string, Partial<RestoreView>, RegExp]>([
    ['when there is nothing', { record: undefined, place: 'nowhere' }, /is not in .*, nor in its trash: run/],
    ['when its directory is lost', { place: 'nowhere' }, /is not in .*, nor in its trash: run/],
    ['when it is being erased', { record: undefined }, /can no longer be restored/],
    ['when its directory is not ours', { record: undefined, place: 'base' }, /has no record in the journal/],
    ['on another node', { record: { ...trashed, node: 'node-b' } }, /is on node "node-b", .*: run the command on that/],
    [
      'while the claim that it was made for exists',
      { place: 'base', ownClaimLives: true, claim: newClaim() },
      /belongs to claim default\/data, .*: delete that claim/,
    ],
    [
      'for the claim that it is being made for',
      { place: 'base', ownClaimLives: true, claim: pendingClaim() },
      /: delete that claim/,
    ],
    [
      'when a volume of another name uses its directory',
      { ...fromElsewhere, rivals: [restored({ name: 'mine', path: `/srv/${volumeName}/sub` })] },
      /"mine" uses \/srv\/pvc-aaaa-1\/sub, .*: set its reclaim policy to Retain and delete it/,
    ],
    [
      'when a volume of another name is reserved for the claim',
      { rivals: [restored({ name: 'pvc-b' })] },
      /"pvc-b" is reserved for claim default\/data: .*kubectl delete pv pvc-b/,
    ],
    ['on a node that this cluster does not have', { nodeLabels: undefined }, /node "node-a" does not exist in this/],
    ['on a node without a hostname', { nodeLabels: {} }, /has no label kubernetes.io\/hostname/],
    [
      'when neither its record nor a claim says what it was like',
      { place: 'base', record: unknown, class: cls() },
      /: create claim default\/data with storageClassName "fast", spec.volumeName "pvc-aaaa-1"/,
    ],
    [
      'when its record does not say what it was like, and its class is gone',
      { place: 'base', record: unknown, claim: newClaim() },
      /StorageClass "fast" does not exist, .*: create the class/,
    ],
    [
      'when its record does not say what it was like, and its class cannot be read',
      { place: 'base', record: unknown, claim: newClaim(), class: unreadable },
      /parameter "colour" .*Delete the class and create it/,
    ],
    ['when a volume of another cluster is for another claim', { ...fromElsewhere, volume: ofOther }, /default\/other/],
    ['when a volume of another cluster is for an earlier claim', { ...fromElsewhere, volume: restored() }, /earlier/],
    ['when its class asked for no retention', { record: volumeRecord({ template }) }, /no parameter trashRetention/],
    ['while its volume is being deleted', { volume: restored({ deleting: true }) }, /still exists: wait/],
    ['while its volume still exists', { volume: restored() }, /still exists: wait/],
    ['when its volume is in use', { place: 'base', volume: releasedVolume({ phase: 'Bound' }) }, /already exists/],
    ['when another node made its volume', { ...inBase, volume: restored({ identity: 'node-b' }) }, /already exists/],
    ['when its volume is elsewhere', { ...inBase, volume: restored({ path: '/etc' }) }, /already exists/],
    [
      'when it was restored for another claim',
      { ...inBase, volume: ofOther },
      /already exists for claim default\/other. Nothing was changed. Inspect/,
    ],
    ['when it was restored for a claim that is gone', { ...inBase, volume: restored() }, /earlier claim/],
    [
      'when it was restored for an earlier claim of that name',
      { ...inBase, volume: restored(), claim: newClaim() },
      /earlier claim .*kubectl delete pv pvc-aaaa-1/,
    ],
    ['when its volume is for no claim', { ...inBase, volume: restored({ claim: undefined }) }, /exists for no claim/],
    ['while the claim is being deleted', { claim: newClaim({ deleting: true }) }, /is being deleted: wait/],
    [
      'when the claim has another volume',
      { claim: newClaim({ volumeName: 'pvc-bbbb-2' }) },
      /has volume pvc-bbbb-2: stop its pods, delete the claim, restore/,
    ],
    ['when the claim is of another class', { claim: newClaim({ className: 'slow' }) }, /has class "slow", but/],
    ['when the claim is of no class', { claim: newClaim({ className: undefined }) }, /has class "", but/],
    ['when the claim requests other modes', { claim: moreModes }, /requests ReadWriteMany, but .* only ReadWriteOnce/],
    ['when the claim requests more space', { claim: newClaim({ requestedStorage: '2Gi' }) }, /requests 2Gi, but/],
  ])('%s', (_, changes, message) => {
    expect(decideRestore(restoreView(changes))).toEqual({ action: 'refuse', message: expect.stringMatching(message) });
  });
});
