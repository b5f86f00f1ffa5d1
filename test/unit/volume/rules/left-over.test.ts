import { describe, expect, test } from 'vitest';
import { type FoundOnDisk, StorageError } from '../../../../src/disk/port.ts';
import type { Volume } from '../../../../src/model/volume.ts';
import type { VolumeRecord } from '../../../../src/model/volume-record.ts';
import { decide } from '../../../../src/volume/decide.ts';
import type { Decision } from '../../../../src/volume/decision.ts';
import {
  baseDirectory,
  claimView,
  ownCluster,
  reference,
  volumeRecord,
  volumeView,
} from '../../../support/build-views.ts';

type ClaimChanges = NonNullable<Parameters<typeof claimView>[0]>;

const retained = volumeRecord({ reclaimPolicy: 'Retain' });
const ofAnother = volumeRecord({ cluster: 'cluster-b' });
const { cluster: _, ...unnamed } = volumeRecord();
const unusable = new StorageError('BaseDirectoryMissing', 'mount it');

/** Somebody else's volume, which may use our directory by its path. */
const notOurs: Partial<Volume>[] = [
  { identity: 'node-b' },
  { provisionedBy: 'theirs' },
  { identity: undefined, provisionedBy: undefined, hasFinalizer: false },
  { identity: 'node-b', deleting: true, hasFinalizer: false },
];

describe('what a volume left behind', () => {
  const trash = { place: 'trash' } as const;
  const nowhere = { place: 'nowhere' } as const;
  const keptGone = (record: VolumeRecord) => ({ record: { ...record, reclaimPolicy: 'Retain' as const }, ...nowhere });
  const ofNodeB = { record: volumeRecord({ node: 'node-b' }) };
  const noRecord = { record: undefined };

  test.each<[what: string, disk: Partial<FoundOnDisk>, gone: string, taken: string]>([
    ['nothing at all', { ...noRecord, ...nowhere }, 'ignore:VolumeGone', 'ignore:NotOurs'],
    ['a directory that is not ours', noRecord, 'ignore:VolumeGone', 'ignore:NotOurs'],
    ['trash', trash, 'erase:VolumeGone', 'erase:NotOurs'],
    ['trash without record', { ...noRecord, ...trash }, 'erase:VolumeGone', 'erase:NotOurs'],
    ['trash that was to be kept', { record: retained, ...trash }, 'erase:VolumeGone', 'erase:NotOurs'],
    ['trash of another cluster', { record: ofAnother, ...trash }, 'keep:AnotherCluster', 'keep:AnotherCluster'],
    ['trash of no known cluster', { record: unnamed, ...trash }, 'keep:ClusterUnknown', 'keep:ClusterUnknown'],
    ['a directory that is to be kept', { record: retained }, 'ignore:Retained', 'ignore:Retained'],
    ['a record of what was to be kept', keptGone(volumeRecord()), 'forget:DirectoryGone', 'ignore:Retained'],
    ['the same, of another cluster', keptGone(ofAnother), 'keep:AnotherCluster', 'keep:AnotherCluster'],
    ['the same, of no known cluster', keptGone(unnamed), 'ignore:Retained', 'ignore:Retained'],
    ["another node's, on a disk that moved or is shared", ofNodeB, 'ignore:VolumeGone', 'ignore:NotOurs'],
    ['a directory', {}, 'undo:ClaimGone', 'ignore:ClaimGone'],
    ['a record without directory', nowhere, 'undo:ClaimGone', 'ignore:ClaimGone'],
    ['a directory of another cluster', { record: ofAnother }, 'keep:AnotherCluster', 'keep:AnotherCluster'],
    ['a directory of no known cluster', { record: unnamed }, 'keep:ClusterUnknown', 'ignore:ClaimGone'],
  ])('%s: when the volume is gone, and when its name is that of a volume that is not ours', (_, disk, gone, taken) => {
    expect(shown(decide(volumeView({ volume: undefined, disk })))).toBe(gone);
    for (const volume of notOurs) expect(shown(decide(volumeView({ volume, disk })))).toBe(taken);
  });

  test.each([trash, {}])('is kept while our own cluster is unknown: %j', (disk) => {
    const view = volumeView({ volume: undefined, disk, ownCluster: undefined });
    expect(shown(decide(view))).toBe('keep:ClusterUnknown');
  });

  test.each([
    ['ours', ownCluster, 'erase'],
    ['another', 'cluster-b', 'keep'],
    ['no known one', undefined, 'keep'],
  ])('in the trash without a record is of the cluster that the base directory names: %s', (_, cluster, action) => {
    const disk = { record: undefined, place: 'trash' as const, baseDirectory: { ...baseDirectory, cluster } };
    expect(decide(volumeView({ volume: undefined, disk }))).toMatchObject({ action });
  });

  test('is not known while the base directory cannot be used; a volume that is not ours is none of our business', () => {
    const fail = { action: 'fail', reason: unusable.reason, message: unusable.message, cause: unusable };
    expect(decide(volumeView({ volume: undefined, disk: unusable }))).toEqual(fail);
    for (const volume of notOurs) expect(shown(decide(volumeView({ volume, disk: unusable })))).toBe('ignore:NotOurs');
  });

  test('under a name that we never gave is not asked of the disk, so that a forged volume leaves no failure', () => {
    expect(shown(decide(volumeView({ volume: undefined, disk: unusable, name: 'forged' })))).toBe('ignore:NotOurs');
  });
});

describe('what was begun for a claim that gets no volume from us', () => {
  test.each<[string, ClaimChanges, string]>([
    ['the claim is gone', { claim: undefined }, 'ClaimGone'],
    ['the claim has another volume', { claim: { volumeName: 'nfs-1' } }, 'BoundToAnotherVolume'],
    ['somebody else is asked now', { claim: { provisioner: 'theirs' } }, 'NotOurs'],
    [
      'another node is selected now',
      { claim: { selectedNode: 'node-b' }, class: { waitForFirstConsumer: true } },
      'OtherNodeSelected',
    ],
    ['the claim has no class any more', { claim: { className: undefined } }, 'NoClass'],
    ['the claim is being deleted', { claim: { deleting: true } }, 'ClaimDeleting'],
  ])('is taken back when %s, once no volume can come any more', (_, changes, reason) => {
    const begun = { ...changes, begun: true };
    expect(decide(claimView(begun))).toEqual({ action: 'undo', reason });
    const wait = { action: 'wait', reason: 'CreationUnanswered', afterMs: 12.5 };
    expect(decide(claimView({ ...begun, inDoubtForMs: 12.5 }))).toEqual(wait);
    if ('claim' in changes && changes.claim === undefined) return; // of nothing begun, VolumeGone is told above
    expect(decide(claimView({ ...changes, inDoubtForMs: 12.5 }))).toEqual({ action: 'ignore', reason });
  });

  test('is kept for the grace period when it holds something and neither claim nor volume is left', () => {
    const abandoned = (forMs: number, hasContent = true) =>
      decide(claimView({ claim: undefined, begun: true, abandoned: { forMs, hasContent } }));
    expect(abandoned(0)).toEqual({ action: 'wait', reason: 'Abandoned', afterMs: 60_000 });
    expect(abandoned(59_999)).toEqual({ action: 'wait', reason: 'Abandoned', afterMs: 1 });
    expect(abandoned(60_000)).toEqual({ action: 'discard', reason: 'Abandoned' });
    expect(abandoned(60_000, false)).toEqual({ action: 'undo', reason: 'ClaimGone' });
  });

  test('is kept for ever when it holds something and neither is left, unless a grace period is set', () => {
    const abandoned = { forMs: 1e12, hasContent: true };
    const view = claimView({ claim: undefined, begun: true, abandoned, abandonedGraceMs: undefined });
    expect(decide(view)).toEqual({ action: 'keep', reason: 'Abandoned' });
  });

  test.each<[string, string | undefined, string | undefined, withoutClaim: string, withClaim: string]>([
    ['ours', ownCluster, ownCluster, 'undo', 'undo'],
    ['of another cluster', 'cluster-b', ownCluster, 'keep', 'keep'],
    ['of a cluster that no record names', undefined, ownCluster, 'keep', 'undo'],
    ['of a cluster that we cannot compare with ours', ownCluster, undefined, 'keep', 'undo'],
    ['of no known cluster', undefined, undefined, 'keep', 'undo'],
  ])('that is %s: without its claim, and with it', (_, cluster, own, withoutClaim, withClaim) => {
    const record = cluster === undefined ? unnamed : volumeRecord({ cluster });
    const begun = { record, ownCluster: own };
    expect(decide(claimView({ ...begun, claim: { volumeName: 'nfs-1' } })).action).toBe(withClaim);
    expect(decide(claimView({ ...begun, claim: undefined })).action).toBe(withoutClaim);
    for (const hasContent of [true, false]) {
      const abandoned = { forMs: 1e9, hasContent };
      const action = hasContent && withoutClaim === 'undo' ? 'discard' : withoutClaim;
      expect(decide(claimView({ ...begun, claim: undefined, abandoned })).action).toBe(action);
    }
  });

  test.each([
    ['its directory is to be kept', retained],
    ["it is another node's", volumeRecord({ node: 'node-b' })],
  ])('is left alone when %s', (_, record) => {
    for (const changes of [{ abandoned: { forMs: 1e9, hasContent: true } }, {}]) {
      expect(decide(claimView({ claim: undefined, record, ...changes })).action).toBe('ignore');
      expect(decide(claimView({ claim: { deleting: true }, record, ...changes })).action).toBe('ignore');
    }
  });

  test.each<[string, Partial<Volume>, string]>([
    ['another node made', { identity: 'node-b', hostname: 'node-b' }, 'undo:ClaimGone'],
    ['somebody made elsewhere', { identity: 'node-b', path: '/somewhere' }, 'undo:ClaimGone'],
    ['somebody made nowhere', { identity: 'node-b', path: undefined }, 'undo:ClaimGone'],
    ['another provisioner says to have made here', { provisionedBy: 'theirs' }, 'ignore:ClaimGone'],
    ['we made, and does not say so', { identity: undefined }, 'refuse:IdentityMissing'],
    ['we made', {}, 'ignore:InUse'],
    ['we made, and another claim has', { claim: { ...reference, uid: 'another' } }, 'ignore:InUse'],
  ])('and that is gone, when its name is that of a volume that %s', (_, volume, decision) => {
    expect(shown(decide(claimView({ claim: undefined, volume })))).toBe(decision);
  });

  test('stays while the claim may still become ours', () => {
    const view = claimView({ begun: true, class: { waitForFirstConsumer: true } });
    expect(shown(decide(view))).toBe('wait:NoNodeSelected');
  });
});

function shown({ action, reason }: Decision): string {
  return `${action}:${reason}`;
}
