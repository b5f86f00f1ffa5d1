import { describe, expect, test } from 'vitest';
import { decideDelete } from '../../../src/delete/decide.ts';
import type { Volume } from '../../../src/model/volume.ts';
import { reference, template, volumeRecord, volumeView } from '../../support/build-views.ts';

describe('a volume that nobody would look at again', () => {
  test.each<[string, Partial<Volume>, string]>([
    [
      'Kubernetes gave up on it',
      { phase: 'Failed', statusMessage: 'no volume plugin matched' },
      'Kubernetes gave up on this volume, its phase is Failed (no volume plugin matched). Nothing was removed. Delete the volume, and this provisioner removes its directory: kubectl delete pv pvc-aaaa-1',
    ],
    [
      'Kubernetes gave up on one that is to be kept',
      { phase: 'Failed', reclaimPolicy: 'Retain', hasFinalizer: false },
      'Kubernetes gave up on this volume, its phase is Failed. Nothing was removed. Delete the volume, and this provisioner keeps its directory: kubectl delete pv pvc-aaaa-1',
    ],
  ])('is told of when %s', (_, volume, message) => {
    const record = volumeRecord({ reclaimPolicy: volume.reclaimPolicy === 'Retain' ? 'Retain' : 'Delete' });
    expect(decideDelete(volumeView({ volume, disk: { record } }))).toEqual({
      action: 'refuse',
      reason: 'VolumeFailed',
      message,
    });
  });

  test.each<[string, Partial<Volume>]>([
    ['identity', { identity: undefined }],
    ['provisioner', { provisionedBy: undefined }],
  ])('is told of when it has lost its %s, with the command that puts it back', (_, changes) => {
    const record = volumeRecord({ template: { ...template, provisioner: 'example.com/hostpath' } });
    for (const phase of ['Bound', 'Released']) {
      const decision = decideDelete(volumeView({ volume: { ...changes, phase }, disk: { record } }));
      const provisioner =
        changes.identity === undefined && 'identity' in changes ? 'hostpath-provisioner' : 'example.com/hostpath';
      expect(decision).toMatchObject({
        action: 'refuse',
        reason: 'IdentityMissing',
        message: expect.stringContaining(
          `kubectl annotate --overwrite pv pvc-aaaa-1 hostPathProvisionerIdentity=node-a pv.kubernetes.io/provisioned-by=${provisioner}`,
        ),
      });
    }
  });

  test('is protected first when Kubernetes gave up on it, so that its directory is not forgotten when it is deleted', () => {
    const volume = { phase: 'Failed', hasFinalizer: false };
    expect(decideDelete(volumeView({ volume }))).toMatchObject({ action: 'protect' });
  });

  test('is deleted, and not told of, once the user deletes it', () => {
    expect(decideDelete(volumeView({ volume: { phase: 'Failed', deleting: true } }))).toMatchObject({
      action: 'delete',
    });
  });

  test.each<[string, Partial<Volume>]>([
    ["another node's", { identity: 'node-b' }],
    ["another provisioner's", { identity: undefined, provisionedBy: 'theirs' }],
    ['labelled for another node', { identity: undefined, nodeLabel: 'node-b' }],
    ['without our finalizer', { identity: undefined, hasFinalizer: false }],
  ])('is none of ours to tell of when it is %s', (_, changes) => {
    const view = volumeView({ volume: changes, disk: { record: undefined, place: 'nowhere' } });
    expect(decideDelete(view)).toMatchObject({ action: 'ignore', reason: 'NotOurs' });
  });
});

describe('a claim that asks for more than its volume has', () => {
  const decide = (requestedStorage: string, volume: Partial<Volume> = {}) =>
    decideDelete(
      volumeView({ volume: { phase: 'Bound', ...volume }, livingClaim: { ...reference, requestedStorage } }),
    );

  test('is told that volumes do not grow', () => {
    expect(decide('2Gi')).toEqual({
      action: 'cannotGrow',
      reason: 'CannotGrow',
      message:
        'the claim asks for 2Gi, and its volume pvc-aaaa-1 has 1Gi. This provisioner does not grow volumes. The volume can be used as before, and its size is not enforced. To have Kubernetes refuse such a request: kubectl patch storageclass fast -p \'{"allowVolumeExpansion":false}\'',
    });
  });

  test.each<[string, string, Partial<Volume>]>([
    ['asks for as much', '1024Mi', {}],
    ['asks for less', '1Mi', {}],
    ['asks for what is no size', 'much', {}],
    ['has let the volume go', '2Gi', { phase: 'Available' }],
    ['belongs to another volume', '2Gi', { claim: { ...reference, uid: 'another' } }],
  ])('is not told when it %s', (_, requested, volume) => {
    expect(decide(requested, volume)).toMatchObject({ action: 'ignore' });
  });

  test('is told after what its volume needs', () => {
    expect(decide('2Gi', { hasFinalizer: false })).toMatchObject({ action: 'protect' });
  });
});
