import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import { decide } from '../../../src/volume/decide.ts';
import type { VolumeView } from '../../../src/volume/view.ts';
import { claimView, disk, pendingClaim, reference, volumeRecord, volumeView } from '../../support/build-views.ts';

const missing = new StorageError('BaseDirectoryMissing', 'mount it');
const readOnly = new StorageError('ReadOnly', 'remount it');
const ofAnother = { record: volumeRecord({ cluster: 'cluster-b' }) };
const bound = { phase: 'Bound' };
const waits = { waits: true, claim: pendingClaim(), livingClaim: pendingClaim() };

/** A claim whose node is this one, in a cluster with others. */
const selectedHere = (changes: NonNullable<Parameters<typeof claimView>[0]>) =>
  claimView({
    claim: { selectedNode: 'node-a' },
    otherNodes: true,
    trouble: { reason: 'NoSpace', message: 'the disk is full' },
    ...changes,
    class: { waitForFirstConsumer: true, ...changes.class },
  });

/** Views that two rules would answer: the first of them decides. */
describe('of two rules, the first decides:', () => {
  test.each<[first: string, second: string, view: VolumeView, decision: string]>([
    // A volume of ours is there.
    ['the label', 'the end', volumeView({ volume: { nodeLabel: undefined } }), 'label:LabelMissing'],
    [
      'the label',
      'the loss',
      volumeView({ volume: { ...bound, nodeLabel: undefined }, disk: { place: 'nowhere' } }),
      'label:LabelMissing',
    ],
    [
      'the label',
      'the claim that waits',
      { ...volumeView({ volume: { phase: 'Pending', nodeLabel: undefined } }), ...waits },
      'label:LabelMissing',
    ],
    [
      'the loss',
      'the policy',
      volumeView({ volume: { ...bound, reclaimPolicy: 'Retain' }, disk: { place: 'nowhere' } }),
      'reportLoss:DirectoryMissing',
    ],
    [
      'the loss',
      'the disk that cannot be used',
      volumeView({ volume: { ...bound, hasFinalizer: false }, disk: missing }),
      'reportLoss:BaseDirectoryMissing',
    ],
    ['quiet use', 'the disk that cannot be used', volumeView({ volume: bound, disk: readOnly }), 'ignore:InUse'],
    [
      'the name',
      'the disk that cannot be used',
      volumeView({ volume: { name: 'foo' }, disk: missing }),
      'refuse:NameNotOurs',
    ],
    [
      'another cluster',
      'the policy to keep it',
      volumeView({ volume: { reclaimPolicy: 'Retain', deleting: true }, disk: ofAnother }),
      'fail:AnotherCluster',
    ],
    [
      'another cluster',
      'the finalizer',
      volumeView({ volume: { hasFinalizer: false }, disk: ofAnother }),
      'fail:AnotherCluster',
    ],
    [
      'the policy to keep it',
      'the claim that waits',
      { ...volumeView({ volume: { phase: 'Pending', reclaimPolicy: 'Retain' } }), ...waits },
      'retain:PolicyRetain',
    ],
    [
      'the claim that waits',
      'the end',
      { ...volumeView({ volume: { deleting: true } }), ...waits },
      'refuse:VolumeBeingDeleted',
    ],
    [
      'the finalizer',
      'the claim that lives',
      volumeView({ volume: { hasFinalizer: false }, livingClaim: reference }),
      'protect:PolicyDelete',
    ],
    [
      'the claim that lives',
      'the path',
      volumeView({ volume: { path: '/etc' }, livingClaim: reference }),
      'wait:ClaimLives',
    ],
    [
      'the path',
      'the base directory',
      volumeView({ volume: { path: '/etc', baseDirectoryId: 'base-2' } }),
      'refuse:PathNotOurs',
    ],
    [
      'the base directory',
      'the record',
      volumeView({ volume: { baseDirectoryId: 'base-2' }, disk: { record: undefined } }),
      'fail:AnotherBaseDirectory',
    ],
    [
      'the finalizer',
      'that Kubernetes gave up',
      volumeView({ volume: { phase: 'Failed', hasFinalizer: false } }),
      'protect:PolicyDelete',
    ],
    // None is there.
    [
      'the missing identity',
      'another cluster',
      volumeView({ volume: { identity: undefined }, disk: ofAnother }),
      'refuse:IdentityMissing',
    ],
    [
      'the missing identity',
      'the claim that waits',
      { ...volumeView({ volume: { identity: undefined } }), ...waits },
      'refuse:IdentityMissing',
    ],
    [
      'another cluster',
      'the trash',
      volumeView({ volume: undefined, disk: { ...ofAnother, place: 'trash' } }),
      'keep:AnotherCluster',
    ],
    [
      'the trash',
      'that it was to be kept',
      volumeView({ volume: undefined, disk: { record: volumeRecord({ reclaimPolicy: 'Retain' }), place: 'trash' } }),
      'erase:VolumeGone',
    ],
    ['the claim that waits', 'the trash', claimView({ disk: disk({ place: 'trash' }) }), 'provision:Pending'],
    // A claim wants one; more of them in rules/wanted.test.ts.
    ['giving the node back', 'the disk that cannot be used', selectedHere({ disk: missing }), 'giveBack:NoSpace'],
    [
      'the parameters',
      'giving the node back',
      selectedHere({ class: { parameters: { size: 'big' } } }),
      'refuse:ClassParameterInvalid',
    ],
    ['the disk that cannot be used', 'provisioning', claimView({ disk: missing }), 'fail:BaseDirectoryMissing'],
  ])('%s before %s', (_, __, view, expected) => {
    const { action, reason } = decide(view);
    expect(`${action}:${reason}`).toBe(expected);
  });
});

test('deciding changes nothing in the view', () => {
  for (const view of [claimView({ class: { parameters: { directoryMode: '0700' } } }), volumeView()]) {
    const before = structuredClone(view);
    expect(decide(deeplyFrozen(view))).toEqual(decide(before));
    expect(view).toEqual(before);
  }
});

function deeplyFrozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deeplyFrozen);
  return value;
}
