import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PersistentVolumeObject } from '../../../src/model/kubernetes.ts';
import { isMadeBy, volumeOf } from '../../../src/model/volume.ts';
import { nodeName, objectOf, provisionerNames, releasedVolume } from '../../support/build-views.ts';

const finalizer = 'external-provisioner.volume.kubernetes.io/finalizer';

describe('volumeOf', () => {
  test.each([
    ['released', {}],
    ['being deleted', { deleting: true }],
    ['without our finalizer', { hasFinalizer: false }],
    ['without claim', { claim: undefined }],
    ['without a word about who made it', { provisionedBy: undefined, identity: undefined, baseDirectoryId: undefined }],
  ])('reads a volume that is %s', (_, changes) => {
    const volume = releasedVolume(changes);
    expect(volumeOf(objectOf(volume))).toEqual(volume);
  });

  test('finds the path of either volume type', () => {
    expect(volumeOf({ spec: { local: { path: '/l' } } }).path).toBe('/l');
    expect(volumeOf({ spec: { hostPath: { path: '/h' } } }).path).toBe('/h');
    expect(volumeOf({ spec: { nfs: { path: '/n', server: 's' } } }).path).toBeUndefined();
  });

  test('reads an object that says nothing', () => {
    expect(volumeOf({})).toMatchObject({ name: '', uid: '', deleting: false, hasFinalizer: false, claim: undefined });
  });

  test('takes null for nothing, as a serializer that writes it does', () => {
    const object = JSON.parse(
      '{"metadata": {"name": "v", "annotations": null, "finalizers": null, "deletionTimestamp": null},' +
        ' "spec": {"claimRef": null, "hostPath": null}, "status": null}',
    );
    expect(volumeOf(object)).toMatchObject({ name: 'v', deleting: false, hasFinalizer: false, claim: undefined });
  });

  test('never throws, whatever is missing, null, or written by a stranger', () => {
    const text = fc.constantFrom(null, '', '/', 'Delete', 'Released', finalizer, '\0', '\ud800');
    const part = <T extends object>(fields: { [Name in keyof T]: fc.Arbitrary<T[Name]> }) =>
      fc.option(fc.record(fields, { requiredKeys: [] }), { nil: null, freq: 8 });
    const forged = fc.record(
      {
        metadata: part({
          name: text,
          uid: text,
          deletionTimestamp: text,
          annotations: fc.option(fc.dictionary(fc.constantFrom('hostPathProvisionerIdentity', '__proto__'), text)),
          finalizers: fc.option(fc.array(text)),
        }),
        spec: part({
          hostPath: part({ path: text }),
          local: part({ path: text }),
          claimRef: part({ namespace: text, name: text, uid: text }),
          persistentVolumeReclaimPolicy: text,
        }),
        status: part({ phase: text }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(forged, (object) => {
        const volume = volumeOf(object as PersistentVolumeObject);
        isMadeBy(volume, nodeName, provisionerNames);
        expect(typeof volume.name).toBe('string');
      }),
    );
  });
});

describe('isMadeBy', () => {
  test.each([
    ['ours', {}, true],
    ['ours under the other name', { provisionedBy: 'example.com/hostpath' }, true],
    ["another node's", { identity: 'node-b' }, false],
    ['without a node', { identity: undefined }, false],
    ["of a node whose name begins like ours'", { identity: 'node-a2' }, false],
    ["another provisioner's", { provisionedBy: 'rancher.io/local-path' }, false],
    ['without a provisioner', { provisionedBy: undefined }, false],
    ['of a provisioner whose name is a part of ours', { provisionedBy: 'hostpath' }, false],
    ['of a provisioner with an empty name', { provisionedBy: '' }, false],
  ])('a volume that is %s', (_, changes, made) => {
    expect(isMadeBy(releasedVolume(changes), nodeName, provisionerNames)).toBe(made);
  });
});
