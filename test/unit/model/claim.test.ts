import { describe, expect, test } from 'vitest';
import {
  claimOf,
  type DataSource,
  decisiveWords,
  hasResizeMarks,
  isClone,
  isForPopulator,
} from '../../../src/model/claim.ts';
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
    status: {
      capacity: { storage: '1Gi' },
      allocatedResources: { storage: '3Gi' },
      allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' },
      conditions: [
        { type: 'Resizing', status: 'True' },
        { type: 'ControllerResizeError', status: 'True', message: 'no room' },
      ],
    },
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
    resize: { allocated: '3Gi', state: 'ControllerResizeInfeasible', error: 'no room', underWay: true },
    hasSelector: true,
    attributesClass: 'gold',
    dataSource: {
      kind: 'PersistentVolumeClaim',
      name: 'other',
      apiGroup: '',
      namespace: undefined,
    },
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
    resize: { allocated: undefined, state: undefined, error: undefined, underWay: false },
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

const pvc = { kind: 'PersistentVolumeClaim', name: 'data-0', apiGroup: null as unknown as string };
const snapshot = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'daily' };
const backup = { apiGroup: 'example.com', kind: 'Backup', name: 'daily' };

test.each<[what: string, spec: PersistentVolumeClaimObject['spec'], facts: Partial<DataSource>, whose: string]>([
  ['another claim', { dataSource: pvc, dataSourceRef: pvc }, { name: 'data-0', apiGroup: '' }, 'clone'],
  [
    'a claim of its own namespace',
    { dataSourceRef: { ...pvc, namespace: 'kafka' } },
    { namespace: undefined },
    'clone',
  ],
  ['a claim of another namespace', { dataSourceRef: { ...pvc, namespace: 'backup' } }, { namespace: 'backup' }, ''],
  ['a snapshot', { dataSource: snapshot, dataSourceRef: snapshot }, { kind: 'VolumeSnapshot' }, ''],
  ['what a populator knows', { dataSource: backup, dataSourceRef: backup }, { kind: 'Backup' }, 'populator'],
  ['a claim of another group', { dataSourceRef: { ...pvc, apiGroup: 'example.com' } }, {}, 'populator'],
])('a claim may be filled from %s', (_, spec, facts, whose) => {
  const { dataSource } = claimOf({ metadata: { namespace: 'kafka' }, spec: spec ?? {} });
  expect(dataSource).toMatchObject(facts);
  if (dataSource === undefined) return;
  expect([isClone(dataSource), isForPopulator(dataSource)]).toEqual([whose === 'clone', whose === 'populator']);
});

test.each<[string, PersistentVolumeClaimObject['status'] & {}, boolean]>([
  ['nothing', {}, false],
  ['a size that was allocated', { allocatedResources: { storage: '2Gi' } }, false],
  ['what kubelet does', { allocatedResourceStatuses: { storage: 'NodeResizePending' } }, false],
  ['a condition of something else', { conditions: [{ type: 'FileSystemResizePending', status: 'True' }] }, false],
  ['what the provisioner does', { allocatedResourceStatuses: { storage: 'ControllerResizeInProgress' } }, true],
  ['that it could not', { conditions: [{ type: 'ControllerResizeError', status: 'True' }] }, true],
  ['that it is at it', { conditions: [{ type: 'Resizing', status: 'True' }] }, true],
])('a claim whose status says %s has marks of growth of ours: %s', (_, status, expected) => {
  expect(hasResizeMarks(claimOf({ status }))).toBe(expected);
});
