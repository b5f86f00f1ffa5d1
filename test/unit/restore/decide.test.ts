import { describe, expect, test } from 'vitest';
import type { Claim } from '../../../src/model/claim.ts';
import type { Volume } from '../../../src/model/volume.ts';
import { decideRestore } from '../../../src/restore/decide.ts';
import type { RestoreView } from '../../../src/restore/observe.ts';
import {
  baseDirectory,
  keptFor,
  nodeName,
  pendingClaim,
  releasedVolume,
  template,
  volumeName,
  volumeRecord,
} from '../../support/build-views.ts';

const trashed = volumeRecord({ ...keptFor(3_600_000), trashedAt: '2026-11-22T11:00:00.000Z' });
const kept = volumeRecord({ ...keptFor(3_600_000), reclaimPolicy: 'Retain' });

/** A volume that lies in the trash, and a claim that is not there. */
const restoreView = (changes: Partial<RestoreView> = {}): RestoreView => ({
  request: { volumeName, claim: { namespace: 'default', name: 'data' }, nodeName },
  baseDirectory,
  record: trashed,
  place: 'trash',
  volume: undefined,
  claim: undefined,
  ...changes,
});

const newClaim = (changes: Partial<Claim> = {}): Claim => pendingClaim({ uid: 'bbbb-2', ...changes });

const restored = (changes: Partial<Volume> = {}): Volume =>
  releasedVolume({ phase: 'Available', reclaimPolicy: 'Retain', hasFinalizer: false, ...changes });

describe('is restored', () => {
  test.each<[string, Partial<RestoreView>, object]>([
    ['for a claim that is to be made', {}, { namespace: 'default', name: 'data' }],
    ['for a claim that waits', { claim: newClaim() }, { namespace: 'default', name: 'data', uid: 'bbbb-2' }],
    [
      'for a claim that asked for this volume',
      { claim: newClaim({ volumeName }) },
      { namespace: 'default', name: 'data', uid: 'bbbb-2' },
    ],
    [
      'for a claim that asks for less',
      { claim: newClaim({ requestedStorage: '1Mi' }) },
      { namespace: 'default', name: 'data', uid: 'bbbb-2' },
    ],
    ['when its directory is back already', { place: 'base', record: kept }, { namespace: 'default', name: 'data' }],
    ['when the record is back already', { record: kept }, { namespace: 'default', name: 'data' }],
  ])('%s', (_, changes, claim) => {
    const view = restoreView(changes);
    expect(decideRestore(view)).toEqual({
      action: 'restore',
      plan: {
        ...template,
        record: { ...view.record, reclaimPolicy: 'Retain' },
        claim,
        reclaimPolicy: 'Retain',
      },
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
  test.each<[string, Partial<RestoreView>, string]>([
    [
      'when there is nothing',
      { record: undefined, place: 'nowhere' },
      'is not in the trash of /tmp/hostpath-provisioner',
    ],
    ['when its directory is lost', { place: 'nowhere' }, 'is not in the trash of /tmp/hostpath-provisioner'],
    ['when it is being erased', { record: undefined }, 'is being erased: it cannot be restored any more'],
    ['when its directory is not ours', { record: undefined, place: 'base' }, 'has no record in the journal'],
    ['on another node', { record: { ...trashed, node: 'node-b' } }, 'belongs to node "node-b", and this is "node-a"'],
    ['when it was never removed', { place: 'base' }, 'its directory was never removed'],
    ['when its class asked for no retention', { record: volumeRecord() }, 'without the class parameter trashRetention'],
    ['while its volume is still deleted', { volume: restored({ deleting: true }) }, 'is still there: wait'],
    ['while its volume is still there', { volume: restored() }, 'is still there: wait'],
    ['when its volume is in use', { place: 'base', volume: releasedVolume({ phase: 'Bound' }) }, 'exists'],
    ['when another node has made its volume', { ...inBase, volume: restored({ identity: 'node-b' }) }, 'exists'],
    ['when its volume is elsewhere', { ...inBase, volume: restored({ path: '/etc' }) }, 'exists'],
    [
      'when it was restored for another claim',
      { ...inBase, volume: restored({ claim: { namespace: 'default', name: 'other', uid: '' } }) },
      'exists, for claim default/other, and was not restored for this one',
    ],
    ['when it was restored for a claim that is gone', { ...inBase, volume: restored() }, 'stands for an earlier claim'],
    [
      'when it was restored for an earlier claim of that name',
      { ...inBase, volume: restored(), claim: newClaim() },
      'delete that volume (kubectl delete pv pvc-aaaa-1), whose directory stays, and run this again',
    ],
    ['when its volume is for no claim', { ...inBase, volume: restored({ claim: undefined }) }, 'exists, for no claim'],
    ['while the claim is being deleted', { claim: newClaim({ deleting: true }) }, 'is being deleted: wait'],
    [
      'when the claim has another volume',
      { claim: newClaim({ volumeName: 'pvc-bbbb-2' }) },
      'has the volume pvc-bbbb-2 already: stop its pods, delete it, restore, and then make it again',
    ],
    ['when the claim is of another class', { claim: newClaim({ className: 'slow' }) }, 'has the class "slow"'],
    ['when the claim is of no class', { claim: newClaim({ className: undefined }) }, 'has the class ""'],
    [
      'when the claim asks for more than it can do',
      { claim: newClaim({ accessModes: ['ReadWriteOnce', 'ReadWriteMany'] }) },
      'asks for ReadWriteMany, and pvc-aaaa-1 has ReadWriteOnce only',
    ],
    ['when the claim asks for more space', { claim: newClaim({ requestedStorage: '2Gi' }) }, 'asks for 2Gi, and'],
  ])('%s', (_, changes, words) => {
    expect(decideRestore(restoreView(changes))).toEqual({
      action: 'refuse',
      message: expect.stringContaining(words),
    });
  });
});
