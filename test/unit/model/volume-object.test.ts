import { describe, expect, test } from 'vitest';
import { isMadeBy, volumeOf } from '../../../src/model/volume.ts';
import { type VolumePlan, volumeObject } from '../../../src/model/volume-object.ts';
import { nodeName, provisionerNames, reference, volumeRecord } from '../../support/build-views.ts';

const plan = (changes: Partial<VolumePlan> = {}): VolumePlan => ({
  record: volumeRecord(),
  claim: reference,
  provisioner: 'example.com/hostpath',
  capacity: '1Gi',
  accessModes: ['ReadWriteOnce'],
  volumeMode: 'Filesystem',
  mountOptions: [],
  reclaimPolicy: 'Delete',
  volumeType: 'hostPath',
  hostname: 'host-a',
  ...changes,
});

const directory = { path: '/data/pvc-aaaa-1', baseDirectory: { id: 'base-1', mounted: true } };

describe('volumeObject', () => {
  test('makes a hostPath volume that is deleted with its claim', () => {
    expect(volumeObject(plan(), directory)).toEqual({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: {
        name: 'pvc-aaaa-1',
        annotations: {
          'pv.kubernetes.io/provisioned-by': 'example.com/hostpath',
          hostPathProvisionerIdentity: 'node-a',
          'hostpath-provisioner/base-directory-id': 'base-1',
          'hostpath-provisioner/base-directory-mounted': 'true',
        },
        labels: { 'hostpath-provisioner/node': 'node-a' },
        finalizers: ['external-provisioner.volume.kubernetes.io/finalizer'],
      },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          namespace: 'default',
          name: 'data',
          uid: 'aaaa-1',
        },
        hostPath: { path: '/data/pvc-aaaa-1', type: 'Directory' },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['host-a'] }] },
            ],
          },
        },
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: 'fast',
        volumeMode: 'Filesystem',
      },
    });
  });

  test('makes a local volume that is kept, held until the journal has noted that', () => {
    const kept = plan({
      reclaimPolicy: 'Retain',
      volumeType: 'local',
    });
    const { metadata, spec } = volumeObject(kept, directory);
    expect(metadata?.finalizers).toEqual(['external-provisioner.volume.kubernetes.io/finalizer']);
    expect(spec).toMatchObject({ persistentVolumeReclaimPolicy: 'Retain', local: { path: '/data/pvc-aaaa-1' } });
    expect(spec).not.toHaveProperty('hostPath');
  });

  test('is not held when the journal has noted that it is kept, as of one that was restored', () => {
    const kept = plan({
      record: volumeRecord({ reclaimPolicy: 'Retain' }),
      claim: { namespace: 'default', name: 'new' },
    });
    const { metadata, spec } = volumeObject(kept, directory);
    expect(metadata).not.toHaveProperty('finalizers');
    expect(spec?.claimRef).toEqual({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      namespace: 'default',
      name: 'new',
    });
  });

  test('hands on what claim and class ask for', () => {
    const asked = { accessModes: ['ReadWriteMany', 'ReadOnlyMany'], mountOptions: ['noatime', 'nodev'] };
    expect(volumeObject(plan({ ...asked, capacity: '1500Mi' }), directory).spec).toMatchObject({
      ...asked,
      capacity: { storage: '1500Mi' },
    });
  });

  test('says that the base directory was no mount point', () => {
    const unmounted = { ...directory, baseDirectory: { id: 'base-1', mounted: false } };
    expect(volumeObject(plan(), unmounted).metadata?.annotations).toMatchObject({
      'hostpath-provisioner/base-directory-mounted': 'false',
    });
  });

  test('labels the volume of a node whose name is too long for a label', () => {
    const node = 'n'.repeat(200);
    const { metadata } = volumeObject(plan({ record: volumeRecord({ node }) }), directory);
    expect(metadata?.labels?.['hostpath-provisioner/node']).toMatch(/^sha256-[0-9a-f]{40}$/);
    expect(metadata?.annotations?.hostPathProvisionerIdentity).toBe(node);
  });

  test('makes what volumeOf recognises as made here', () => {
    const volume = volumeOf(volumeObject(plan(), directory));
    expect(isMadeBy(volume, nodeName, provisionerNames)).toBe(true);
    expect(volume).toMatchObject({ name: 'pvc-aaaa-1', path: '/data/pvc-aaaa-1', hasFinalizer: true });
  });
});
