import { describe, expect, test } from 'vitest';
import { claimOf, decisiveWords } from '../../../src/model/claim.ts';
import type { PersistentVolumeClaimObject } from '../../../src/model/kubernetes.ts';

const ga = 'volume.kubernetes.io/storage-provisioner';
const beta = 'volume.beta.kubernetes.io/storage-provisioner';
const betaClass = 'volume.beta.kubernetes.io/storage-class';
const selectedNode = 'volume.kubernetes.io/selected-node';

const claim = (
  annotations: Record<string, string>,
  spec: PersistentVolumeClaimObject['spec'] = {},
): PersistentVolumeClaimObject => ({
  metadata: { namespace: 'default', name: 'data', uid: 'u-1', annotations },
  spec,
});

describe('the provisioner that a claim asks for', () => {
  test.each<[string, Record<string, string>, string | undefined]>([
    ['is nobody before Kubernetes has asked anybody', {}, undefined],
    ['is in the annotation', { [ga]: 'ours' }, 'ours'],
    ['is in the beta annotation when that is the only one', { [beta]: 'ours' }, 'ours'],
    ['is in both when they agree', { [ga]: 'ours', [beta]: 'ours' }, 'ours'],
    ['is in the GA annotation when they contradict each other', { [ga]: 'theirs', [beta]: 'ours' }, 'theirs'],
    ['is nobody when the GA annotation is empty', { [ga]: '', [beta]: 'ours' }, ''],
  ])('%s', (_, annotations, provisioner) => {
    expect(claimOf(claim(annotations)).provisioner).toBe(provisioner);
  });
});

test('an empty selected node is none', () => {
  expect(claimOf(claim({ [selectedNode]: '' })).selectedNode).toBeUndefined();
  expect(claimOf(claim({ [selectedNode]: 'node-a' })).selectedNode).toBe('node-a');
});

test('a claim is bound once Kubernetes says that binding is complete', () => {
  expect(claimOf(claim({ 'pv.kubernetes.io/bind-completed': 'yes' })).bound).toBe(true);
  expect(claimOf(claim({ 'pv.kubernetes.io/bound-by-controller': 'yes' })).bound).toBe(false);
});

describe('the class of a claim', () => {
  test.each<[string, Record<string, string>, string | undefined, string | undefined]>([
    ['is in its spec', {}, 'fast', 'fast'],
    ['is in the beta annotation when the spec has none', { [betaClass]: 'old' }, undefined, 'old'],
    ['is in the beta annotation even when the spec says otherwise', { [betaClass]: 'old' }, 'fast', 'old'],
    ['may be none', {}, undefined, undefined],
    ['may be empty, which means none', {}, '', undefined],
  ])('%s', (_, annotations, inSpec, className) => {
    const spec = inSpec === undefined ? {} : { storageClassName: inSpec };
    expect(claimOf(claim(annotations, spec)).className).toBe(className);
  });
});

test('a claim is read whole', () => {
  const object: PersistentVolumeClaimObject = {
    metadata: {
      namespace: 'kafka',
      name: 'data-0',
      uid: 'u-1',
      resourceVersion: '7',
      deletionTimestamp: '2026-11-22T10:00:00Z',
      annotations: { [ga]: 'hostpath-provisioner', [selectedNode]: 'node-a' },
    },
    spec: {
      storageClassName: 'fast',
      volumeName: 'pvc-u-1',
      accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
      volumeMode: 'Block',
      resources: { requests: { storage: '1500Mi' } },
      selector: {},
      volumeAttributesClassName: 'gold',
      dataSource: { kind: 'PersistentVolumeClaim', name: 'other' },
    },
    status: { capacity: { storage: '1Gi' } },
  };
  expect(claimOf(object)).toEqual({
    namespace: 'kafka',
    name: 'data-0',
    uid: 'u-1',
    resourceVersion: '7',
    provisioner: 'hostpath-provisioner',
    selectedNode: 'node-a',
    deleting: true,
    bound: false,
    volumeName: 'pvc-u-1',
    className: 'fast',
    accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
    volumeMode: 'Block',
    requestedStorage: '1500Mi',
    capacity: '1Gi',
    hasSelector: true,
    attributesClass: 'gold',
    dataSource: 'PersistentVolumeClaim/other',
  });
});

test('a claim that says nothing asks for a file system and nothing else', () => {
  expect(claimOf({})).toEqual({
    namespace: '',
    name: '',
    uid: '',
    resourceVersion: '',
    provisioner: undefined,
    selectedNode: undefined,
    deleting: false,
    bound: false,
    volumeName: undefined,
    className: undefined,
    accessModes: [],
    volumeMode: 'Filesystem',
    requestedStorage: '',
    capacity: undefined,
    hasSelector: false,
    attributesClass: undefined,
    dataSource: undefined,
  });
});

test('a claim whose version alone is another one reads the same, and one that is to be deleted does not', () => {
  const words = (changes: PersistentVolumeClaimObject['metadata']) => {
    const { metadata, spec = {} } = claim({ [ga]: 'ours' });
    return decisiveWords(claimOf({ metadata: { ...metadata, ...changes }, spec }));
  };
  expect(words({ resourceVersion: '8', labels: { team: 'a' } })).toBe(words({ resourceVersion: '7' }));
  expect(words({ deletionTimestamp: '2026-11-22T10:00:00Z' })).not.toBe(words({}));
});

test('dataSourceRef counts before dataSource, which lacks what only it can name', () => {
  const spec = {
    dataSource: { kind: 'VolumeSnapshot', name: 'old' },
    dataSourceRef: { kind: 'VolumeSnapshot', name: 'daily', namespace: 'backup' },
  };
  expect(claimOf(claim({}, spec)).dataSource).toBe('VolumeSnapshot/daily');
});
