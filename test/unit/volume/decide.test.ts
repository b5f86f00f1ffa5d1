import { expect, test } from 'vitest';
import { type FoundOnDisk, StorageError } from '../../../src/disk/port.ts';
import type { Claim } from '../../../src/model/claim.ts';
import type { Volume } from '../../../src/model/volume.ts';
import { decide } from '../../../src/volume/decide.ts';
import type { VolumeView } from '../../../src/volume/view.ts';
import { claimView, disk, pendingClaim, reference, volumeRecord, volumeView } from '../../support/build-views.ts';

type Changes = NonNullable<Parameters<typeof claimView>[0]>;

const full = { reason: 'NoSpace', message: 'the disk is full' };
const missing = new StorageError('BaseDirectoryMissing', 'mount it');
const readOnly = new StorageError('ReadOnly', 'remount it');
const ofAnother = { record: volumeRecord({ cluster: 'cluster-b' }) };
const keptTrash = { record: volumeRecord({ reclaimPolicy: 'Retain' }), place: 'trash' } as const;
const keptByNodeB = { record: volumeRecord({ node: 'node-b', reclaimPolicy: 'Retain' }), place: 'nowhere' } as const;
const ofNodeB = { identity: 'node-b', hostname: 'node-b' };
const other = { ...reference, uid: 'other' };
const nowhere = { place: 'nowhere' } as const;
const bound = { phase: 'Bound' };
const failed = { phase: 'Failed' };
const retain = { reclaimPolicy: 'Retain' };
const free = { hasFinalizer: false };
const unlabelled = { nodeLabel: undefined };
const movedDisk = { baseDirectoryId: 'base-2' };

const ours = (volume: Partial<Volume>, found: Partial<FoundOnDisk> | StorageError = {}) =>
  volumeView({ volume, disk: found });
const gone = (found: Partial<FoundOnDisk>) => volumeView({ volume: undefined, disk: found });
/** Its claim waits. */
const awaited = (volume: Partial<Volume>, claim: Partial<Claim> = {}): VolumeView => ({
  ...ours(volume),
  waits: true,
  claim: pendingClaim(claim),
});
/** Its claim lives, and waits for nobody. */
const claimed = (volume: Partial<Volume>) => volumeView({ volume, livingClaim: reference });
/** This node was selected for the claim and has no space, and there are others. */
const selected = ({ class: changes, ...rest }: Changes) => {
  const cls = { waitForFirstConsumer: true, ...changes };
  return claimView({ claim: { selectedNode: 'node-a' }, class: cls, otherNodes: true, trouble: full, ...rest });
};

test.each<[order: string, view: VolumeView, decision: string]>([
  ['the label before the end', ours(unlabelled), 'label:LabelMissing'],
  ['the label before the loss', ours({ ...bound, ...unlabelled }, nowhere), 'label:LabelMissing'],
  ['the label before the claim that waits', awaited({ phase: 'Pending', ...unlabelled }), 'label:LabelMissing'],
  ['the loss before the policy', ours({ ...bound, ...retain }, nowhere), 'reportLoss:DirectoryMissing'],
  ['the loss before the disk', ours({ ...bound, ...free }, missing), 'reportLoss:BaseDirectoryMissing'],
  ['quiet use before the disk', ours(bound, readOnly), 'ignore:InUse'],
  ['the name before the disk', ours({ name: 'foo' }, missing), 'refuse:NameNotOurs'],
  ['another cluster before Retain', ours({ ...retain, deleting: true }, ofAnother), 'fail:AnotherCluster'],
  ['another cluster before the finalizer', ours(free, ofAnother), 'fail:AnotherCluster'],
  ['Retain before the claim that waits', awaited({ phase: 'Pending', ...retain }), 'retain:PolicyRetain'],
  ['the claim that waits before the end', awaited({ deleting: true }), 'refuse:VolumeBeingDeleted'],
  [
    'the claim’s other volume before its name',
    awaited({ claim: other }, { volumeName: 'nfs-1' }),
    'ignore:BoundToAnotherVolume',
  ],
  ['whose the volume is before its end', awaited({ claim: other, deleting: true }), 'fail:VolumeNameTaken'],
  ['the end before the base directory', awaited({ deleting: true, ...movedDisk }), 'refuse:VolumeBeingDeleted'],
  ['the finalizer before the claim that lives', claimed(free), 'protect:PolicyDelete'],
  ['the claim that lives before the path', claimed({ path: '/etc' }), 'wait:ClaimLives'],
  ['the path before the base directory', ours({ path: '/etc', ...movedDisk }), 'refuse:PathNotOurs'],
  ['the base directory before the record', ours(movedDisk, { record: undefined }), 'fail:AnotherBaseDirectory'],
  ['the finalizer before that Kubernetes gave up', ours({ ...failed, ...free }), 'protect:PolicyDelete'],
  ['the identity before another cluster', ours({ identity: undefined }, ofAnother), 'refuse:IdentityMissing'],
  ['the identity before the claim that waits', awaited({ identity: undefined }), 'refuse:IdentityMissing'],
  ['another cluster before the trash', gone({ ...ofAnother, place: 'trash' }), 'keep:AnotherCluster'],
  ['the trash before Retain', gone(keptTrash), 'erase:VolumeGone'],
  ['whose record it is before Retain', gone(keptByNodeB), 'ignore:VolumeGone'],
  ['the claim that waits before the trash', claimView({ disk: disk({ place: 'trash' }) }), 'provision:Pending'],
  [
    'the claim’s other volume before one of another node',
    claimView({ claim: { volumeName: 'nfs-1' }, volume: ofNodeB }),
    'undo:BoundToAnotherVolume',
  ],
  [
    'another node’s volume before another provisioner',
    claimView({ claim: { provisioner: 'theirs' }, volume: ofNodeB }),
    'undo:ProvisionedByAnotherNode',
  ],
  [
    'the hostname before giving the node back',
    selected({ node: { hostname: undefined } }),
    'refuse:NodeWithoutHostname',
  ],
  ['giving the node back before the disk', selected({ disk: missing }), 'giveBack:NoSpace'],
  [
    'the class before giving the node back',
    selected({ class: { parameters: { size: 'big' } } }),
    'refuse:ClassParameterInvalid',
  ],
  ['the disk before provisioning', claimView({ disk: missing }), 'fail:BaseDirectoryMissing'],
])('of two rules that would answer, the first decides: %s', (_, view, expected) => {
  const { action, reason } = decide(view);
  expect(`${action}:${reason}`).toBe(expected);
});

test('deciding changes nothing in the view', () => {
  for (const view of [claimView({ class: { parameters: { directoryMode: '0700' } } }), volumeView()]) {
    expect(decide(deeplyFrozen(structuredClone(view)))).toEqual(decide(view));
  }
});

function deeplyFrozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deeplyFrozen);
  return value;
}
