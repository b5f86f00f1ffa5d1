import { expect, test } from 'vitest';
import { StorageError } from '../../../../src/disk/port.ts';
import { decide } from '../../../../src/volume/decide.ts';
import type { CloneSource } from '../../../../src/volume/view.ts';
import { claimView, cloneSource, dataSource, disk, poolView, volumeRecord } from '../../../support/build-views.ts';

type Changes = NonNullable<Parameters<typeof claimView>[0]> & { source?: CloneSource | 'missing' };

/** A claim that is to be a copy of another one. */
const copyView = ({ claim, source = cloneSource(), ...changes }: Changes = {}) =>
  claimView({ claim: { dataSource: dataSource(), ...claim }, source, ...changes });

const here = { selectedNode: 'node-a' };
const waits = { waitForFirstConsumer: true };
const onNodeB = cloneSource({ identity: 'node-b', hostname: 'host-b' });
const selected = { claim: here, class: waits, otherNodes: true };
const full = { reason: 'NoSpace', message: 'the disk is full' };
const begun = volumeRecord({ source: 'pvc-oooo-1' });
const whole = disk({ record: begun });
const unfinished = disk({ record: begun, place: 'nowhere' });
const pools = [poolView({ name: 'default' }), poolView({ name: 'hdd', path: '/mnt/hdd' })];
const inHdd = { ...cloneSource(), pool: 'hdd' };

test.each<[what: string, changes: Changes, decision: string]>([
  ['of a volume of this node', {}, 'clone:Pending'],
  ['that is larger than its source', { claim: { requestedStorage: '2Gi' } }, 'clone:Pending'],
  ['smaller than its source', { claim: { requestedStorage: '1023Mi' } }, 'refuse:SmallerThanSource'],
  ['of a claim that does not exist', { source: 'missing' }, 'fail:SourceNotFound'],
  ['of a claim that goes', { source: cloneSource({}, { deleting: true }) }, 'fail:SourceBeingDeleted'],
  ['of a claim without a volume', { source: { ...cloneSource(), volume: undefined } }, 'wait:SourcePending'],
  ['of a claim that is not bound yet', { source: cloneSource({ phase: 'Available' }) }, 'wait:SourcePending'],
  [
    'of a claim that has had no volume for long',
    { source: { ...cloneSource(), volume: undefined, pendingForMs: 30_000 } },
    'fail:SourcePending',
  ],
  ['of what nobody says to have made', { source: cloneSource({ identity: undefined }) }, 'refuse:SourceNotOurs'],
  ['of what another made', { source: cloneSource({ provisionedBy: 'nfs' }) }, 'refuse:SourceNotOurs'],
  ['of a forged volume of another claim', { source: cloneSource({}, { uid: 'other' }) }, 'refuse:SourceNotOurs'],
  [
    'of a volume outside of all pools',
    { source: { ...cloneSource(), pool: undefined } },
    'refuse:BaseDirectoryUnknown',
  ],
  ['of another node', { source: onNodeB }, 'ignore:SourceOnAnotherNode'],
  [
    'of another node, to which the scheduler can send it',
    { source: onNodeB, ...selected },
    'giveBack:SourceOnAnotherNode',
  ],
  [
    'of another node, just given back',
    { source: onNodeB, ...selected, giveBackWaitMs: 5_000 },
    'fail:SourceOnAnotherNode',
  ],
  ['of a node that is gone', { source: onNodeB, ...selected, otherNodes: false }, 'refuse:SourceOnAnotherNode'],
  [
    'whose class excludes its pool',
    { source: inHdd, pools, class: { parameters: { pool: 'default' } } },
    'refuse:SourceInAnotherPool',
  ],
  ['for which there is no space, on the node of its source', { ...selected, trouble: full }, 'clone:Pending'],
  [
    'for which there was no space, on another node',
    { source: onNodeB, ...selected, trouble: full },
    'giveBack:SourceOnAnotherNode',
  ],
  ['that is begun', { disk: unfinished, pool: 'default' }, 'clone:Pending'],
  [
    'that was begun in another pool',
    { disk: unfinished, pool: 'default', source: inHdd, pools },
    'undo:SourceInAnotherPool',
  ],
  ['that is whole, and whose source is gone', { disk: whole, pool: 'default', source: 'missing' }, 'clone:Pending'],
  [
    'whose disk is missing',
    { disk: new StorageError('BaseDirectoryMissing', 'mount it') },
    'fail:BaseDirectoryMissing',
  ],
])('a copy %s', (_, changes, expected) => {
  const decision = decide(copyView(changes));
  expect(`${decision.action}:${decision.reason}`).toBe(expected);
});

test('a copy lies in the pool of its source, however much space others have', () => {
  expect(decide(copyView({ source: inHdd, pools }))).toMatchObject({ pool: 'hdd', source: 'pvc-oooo-1' });
});

test('a whole copy keeps to what it was copied from', () => {
  const source = cloneSource({ name: 'pvc-new' });
  expect(decide(copyView({ disk: whole, pool: 'default', source }))).toMatchObject({ source: 'pvc-oooo-1' });
});

test.each<[what: string, changes: Changes, text: RegExp]>([
  ['which claim is missing', { source: 'missing' }, /claim default\/original.*kubectl -n default delete pvc data/],
  [
    'where to look why its source has no volume',
    { source: { ...cloneSource(), volume: undefined, pendingForMs: 30_000 } },
    /claim default\/original.*has no volume yet.*kubectl -n default describe pvc original/,
  ],
  ['which node to select', { source: onNodeB, ...selected }, /node "node-b".*kubernetes\.io\/hostname: host-b/],
  ['how large it must be', { claim: { requestedStorage: '1Mi' } }, /asks for 1Mi.*at least 1Gi/],
  ['who made the source', { source: cloneSource({ provisionedBy: 'nfs' }) }, /nfs made/],
  [
    'which pool its class must allow',
    { source: inHdd, pools, class: { parameters: { pool: 'default' } } },
    /pool hdd.*"fast" allows default/,
  ],
])('the user is told %s', (_, changes, text) => {
  expect(decide(copyView(changes))).toMatchObject({ message: expect.stringMatching(text) });
});

test('a copy that nobody can have used is removed with its claim, and any other one with content is kept', () => {
  const gone = {
    claim: undefined,
    waits: false,
    abandoned: { forMs: 0, hasContent: true },
    disk: whole,
    pool: 'default',
  };
  const ofGone = (isUnregisteredCopy: boolean) => decide(claimView({ ...gone, isUnregisteredCopy }));
  expect([ofGone(true), ofGone(false)]).toMatchObject([{ action: 'discard' }, { action: 'wait', reason: 'Abandoned' }]);
});
