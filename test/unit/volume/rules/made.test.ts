import { describe, expect, test } from 'vitest';
import { decide } from '../../../../src/volume/decide.ts';
import { claimView, disk, reference, volumeName } from '../../../support/build-views.ts';

type Changes = NonNullable<Parameters<typeof claimView>[0]>;

const ofNodeB = { identity: 'node-b', hostname: 'node-b', nodeLabel: 'node-b' };
const another = { ...reference, uid: 'another' };
const byHand = { nodeLabel: undefined, identity: undefined, provisionedBy: undefined, path: '/somewhere' };

describe('a claim waits, and a volume has the name of its volume that is', () => {
  const judge = (volume: NonNullable<Changes['volume']>, changes: Changes = {}) =>
    decide(claimView({ volume, ...changes }));

  test.each<[string, NonNullable<Changes['volume']>, string, string]>([
    ['ours for this claim', {}, 'confirm', 'ProvisionedEarlier'],
    ["another node's for this claim", ofNodeB, 'undo', 'ProvisionedByAnotherNode'],
    ["another node's and being deleted", { ...ofNodeB, deleting: true }, 'undo', 'ProvisionedByAnotherNode'],
    ['made by hand for this claim elsewhere', byHand, 'undo', 'ProvisionedByAnotherNode'],
    ['of another claim elsewhere', { ...byHand, claim: another }, 'undo', 'VolumeNameTaken'],
    ['of no claim elsewhere', { ...byHand, claim: undefined }, 'undo', 'VolumeNameTaken'],
    ['of no claim and without a path', { ...byHand, path: undefined, claim: undefined }, 'undo', 'VolumeNameTaken'],
    ["another node's for another claim", { ...ofNodeB, claim: another }, 'undo', 'VolumeNameTaken'],
    ['ours, but for another claim now', { claim: another }, 'fail', 'VolumeNameTaken'],
    ['ours, but for no claim now', { claim: undefined }, 'fail', 'VolumeNameTaken'],
    ['of another provisioner, at our path', { provisionedBy: 'x' }, 'fail', 'VolumeNameTaken'],
    ['made by hand, at our path', { nodeLabel: undefined, identity: undefined }, 'fail', 'VolumeNameTaken'],
    ['ours, at our path, without what says so', { identity: undefined }, 'refuse', 'IdentityMissing'],
    ['ours, and being deleted', { deleting: true }, 'refuse', 'VolumeBeingDeleted'],
    ['ours, of a disk that was replaced', { baseDirectoryId: 'base-2' }, 'undo', 'AnotherBaseDirectory'],
    ['ours, and does not know its disk', { baseDirectoryId: undefined }, 'confirm', 'ProvisionedEarlier'],
    ['ours, and released although the claim lives', { phase: 'Released' }, 'wait', 'ClaimLives'],
  ])('%s', (_, volume, action, reason) => {
    expect(judge(volume)).toMatchObject({ action, reason });
  });

  test('ours: it is none for a claim that has chosen another volume', () => {
    const claim = { volumeName: 'nfs-1' };
    expect(judge({}, { claim })).toEqual({ action: 'ignore', reason: 'BoundToAnotherVolume' });
  });

  test('ours, of a disk that was replaced, while the journal here knows nothing of it: nothing is to be undone', () => {
    expect(judge({ baseDirectoryId: 'base-2' }, { begun: false, disk: undefined }).action).toBe('confirm');
    const { baseDirectory } = disk();
    const unknown = { baseDirectory, record: undefined, place: 'nowhere' } as const;
    const decision = judge({ baseDirectoryId: 'base-2' }, { disk: unknown });
    expect(decision).toMatchObject({ action: 'fail', reason: 'AnotherBaseDirectory' });
  });

  test("another node's for this claim, which is no failure of ours", () => {
    expect(judge(ofNodeB)).not.toHaveProperty('objection');
  });
});

describe('a claim is bound to a volume', () => {
  test.each<[string, Changes, string, string]>([
    ['of another node', { volume: ofNodeB }, 'undo', 'ProvisionedByAnotherNode'],
    ['that is gone: nothing tells when the claim goes', { begun: true }, 'wait', 'VolumeGone'],
    [
      'that lies here by its affinity',
      { volume: { identity: 'node-b', provisionedBy: 'x' } },
      'ignore',
      'AlreadyBound',
    ],
    ['of ours', { waits: false, volume: { phase: 'Bound' } }, 'ignore', 'InUse'],
  ])('%s', (_, changes, action, reason) => {
    expect(decide(claimView({ ...changes, claim: { volumeName } }))).toMatchObject({ action, reason });
  });
});
