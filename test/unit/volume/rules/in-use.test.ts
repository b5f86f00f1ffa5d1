import { describe, expect, test } from 'vitest';
import { type FoundOnDisk, StorageError } from '../../../../src/disk/port.ts';
import type { Volume } from '../../../../src/model/volume.ts';
import { decide } from '../../../../src/volume/decide.ts';
import { volumeOfOurs } from '../../../../src/volume/view.ts';
import {
  basePath,
  disk,
  nodeName,
  ownCluster,
  reference,
  template,
  volumeName,
  volumeRecord,
  volumeView,
} from '../../../support/build-views.ts';

const unusable = new StorageError('BaseDirectoryMissing', 'mount it');
const retained = volumeRecord({ reclaimPolicy: 'Retain' });
const { baseDirectory } = disk();
const bound = { phase: 'Bound' };
const unrecorded = { record: undefined };

describe('a volume of ours without our label', () => {
  /** As the original provisioner made it, before the base directory had a label. */
  const original = { nodeLabel: undefined, baseDirectoryId: undefined, createdAt: '2026-10-01T10:00:00Z', ...bound };

  test.each([bound, {}, { ...bound, hasFinalizer: false }, { reclaimPolicy: 'Retain' }, { deleting: true }])(
    'gets it back before anything else: %j',
    (volume) => {
      for (const nodeLabel of [undefined, 'node-b']) {
        const view = volumeView({ volume: { ...volume, nodeLabel } });
        expect(decide(view)).toEqual({ action: 'label', reason: 'LabelMissing', baseDirectory });
      }
    },
  );

  test.each([
    ['in use', {}],
    ['released', { phase: 'Released' }],
    ['to be kept', { reclaimPolicy: 'Retain' }],
    ['available', { phase: 'Available' }],
    ['made under our other name', { provisionedBy: 'example.com/hostpath' }],
  ])('is adopted when it was here before us and is %s', (_, changes) => {
    const view = volumeView({ volume: { ...original, hasFinalizer: false, ...changes }, disk: unrecorded });
    const record = {
      version: 1,
      volume: volumeName,
      claim: reference,
      cluster: ownCluster,
      class: 'fast',
      node: nodeName,
      reclaimPolicy: 'Delete',
      createdAt: original.createdAt,
    };
    expect(decide(view)).toEqual({ action: 'adopt', reason: 'MadeEarlier', record, baseDirectory });
  });

  test.each<[string, Partial<Volume>, Partial<FoundOnDisk>?]>([
    ['is not older than the base directory', { createdAt: '2026-11-01T10:00:00Z' }],
    ['is younger than the base directory', { createdAt: '2026-11-02T10:00:00Z' }],
    ['has no age', { createdAt: undefined }],
    ['has an age that is nonsense', { createdAt: 'long ago' }],
    ['is of another path', { path: `${basePath}/pvc-other` }],
    ['is of a path outside', { path: `${basePath}-evil/${volumeName}` }],
    ['is of no path', { path: undefined }],
    ['is for no claim', { claim: undefined }],
    ['has a name without the UID of its claim', { claim: { ...reference, uid: 'bbbb-2' } }],
    ['is of no class', { className: undefined }],
    ['is of another base directory', { baseDirectoryId: 'base-2' }],
    ['is of another node', { identity: 'node-b' }],
    ['is of another provisioner', { provisionedBy: 'theirs' }],
    ['has a name that we do not give', { name: 'data', path: `${basePath}/data` }],
    ['has no directory', {}, { place: 'nowhere' }],
    ['has its directory in the trash', {}, { place: 'trash' }],
  ])('is neither adopted nor labelled when it %s', (_, changes, place = {}) => {
    const view = volumeView({ volume: { ...original, ...changes }, disk: { ...unrecorded, ...place } });
    expect(['adopt', 'label']).not.toContain(decide(view).action);
  });

  test('waits with both while the base directory cannot be used', () => {
    const view = volumeView({ volume: { ...original, phase: 'Released' }, disk: unusable });
    expect(decide(view)).toMatchObject({ action: 'fail', reason: 'BaseDirectoryMissing' });
  });
});

describe('a volume that is to be kept', () => {
  test.each([
    ['is noted and let go', { hasFinalizer: true }, volumeRecord(), 'retain'],
    ['is noted although Kubernetes does not wait for us', { hasFinalizer: false }, volumeRecord(), 'retain'],
    ['is let go when it is noted', { hasFinalizer: true }, retained, 'retain'],
    ['is let go when there is nothing to note it on', { hasFinalizer: true }, undefined, 'retain'],
    ['needs nothing when both is done', { hasFinalizer: false }, retained, 'ignore'],
    ['needs nothing when there is nothing to do', { hasFinalizer: false }, undefined, 'ignore'],
    ['is noted while it is being deleted', { hasFinalizer: true, deleting: true }, volumeRecord(), 'retain'],
    ['is noted while it is in use', { hasFinalizer: true, ...bound }, volumeRecord(), 'retain'],
  ])('%s', (_, changes, record, action) => {
    for (const reclaimPolicy of ['Retain', 'Recycle', undefined]) {
      expect(decide(volumeView({ volume: { ...changes, reclaimPolicy }, disk: { record } })).action).toBe(action);
    }
  });

  test('waits for the base directory that it lies in, whose journal is to note it', () => {
    const volume = { reclaimPolicy: 'Retain', baseDirectoryId: 'base-2' };
    expect(decide(volumeView({ volume }))).toMatchObject({ action: 'fail', reason: 'AnotherBaseDirectory' });
    expect(decide(volumeView({ volume: { ...volume, hasFinalizer: false } })).action).not.toBe('fail');
    const view = volumeView({ volume: { reclaimPolicy: 'Retain' }, disk: unusable });
    expect(decide(view)).toMatchObject({ action: 'fail', reason: 'BaseDirectoryMissing' });
  });
});

describe('a volume without our finalizer', () => {
  test.each<[string, Partial<Volume>]>([
    ['in use', bound],
    ['released', {}],
    ['given up by Kubernetes', { phase: 'Failed' }],
  ])('gets it before anything else, when it is %s and the journal knows it', (_, changes) => {
    const volume = { ...changes, hasFinalizer: false };
    const forged = volumeView({ volume: { ...volume, path: '/etc' }, livingClaim: reference });
    expect(decide(forged)).toEqual({ action: 'protect', reason: 'PolicyDelete' });
    for (const place of ['base', 'trash', 'nowhere'] as const) {
      const view = volumeView({ volume, disk: { record: undefined, place } });
      expect(decide(view).action).not.toBe('protect');
    }
  });

  test('is left alone when it is in use and the journal does not know it', () => {
    const view = volumeView({ volume: { ...bound, hasFinalizer: false }, disk: unrecorded });
    expect(decide(view)).toEqual({ action: 'ignore', reason: 'InUse' });
  });
});

describe('a volume that nobody would look at again', () => {
  test.each<[string, Partial<Volume>, string[]]>([
    ['it', { statusMessage: 'no plugin matched' }, ['no plugin matched', 'removes its directory']],
    ['one that is to be kept', { reclaimPolicy: 'Retain', hasFinalizer: false }, ['keeps its directory']],
  ])('is told of when Kubernetes gave up on %s', (_, changes, parts) => {
    const record = changes.reclaimPolicy === 'Retain' ? retained : volumeRecord();
    const decision = decide(volumeView({ volume: { phase: 'Failed', ...changes }, disk: { record } }));
    expect(decision).toMatchObject({ action: 'refuse', reason: 'VolumeFailed' });
    for (const part of [...parts, `kubectl delete pv ${volumeName}`]) {
      expect(decision).toHaveProperty('message', expect.stringContaining(part));
    }
  });

  test.each<[string, Partial<Volume>, string]>([
    ['identity', { identity: undefined }, 'hostpath-provisioner'],
    ['provisioner', { provisionedBy: undefined }, 'example.com/hostpath'],
  ])('is told of when it has lost its %s, with the command that puts it back', (_, changes, provisioner) => {
    const record = volumeRecord({ template: { ...template, provisioner: 'example.com/hostpath' } });
    const command = `kubectl annotate --overwrite pv ${volumeName} hostPathProvisionerIdentity=${nodeName} pv.kubernetes.io/provisioned-by=${provisioner}`;
    for (const phase of ['Bound', 'Released']) {
      expect(decide(volumeView({ volume: { ...changes, phase }, disk: { record } }))).toMatchObject({
        action: 'refuse',
        reason: 'IdentityMissing',
        message: expect.stringContaining(command),
      });
    }
  });

  test('is erased, and not told of, when what it has lies in the trash', () => {
    const view = volumeView({ volume: { identity: undefined }, disk: { place: 'trash' } });
    expect(decide(view)).toEqual({ action: 'erase', reason: 'NotOurs' });
  });

  test.each<[string, Partial<Volume>]>([
    ["another node's", { identity: 'node-b' }],
    ["another provisioner's", { identity: undefined, provisionedBy: 'theirs' }],
    ['labelled for another node', { identity: undefined, nodeLabel: 'node-b' }],
    ['without our finalizer', { identity: undefined, hasFinalizer: false }],
  ])('is none of ours to tell of when it is %s', (_, volume) => {
    const view = volumeView({ volume, disk: { record: undefined, place: 'nowhere' } });
    expect(volumeOfOurs(view)).toBeUndefined();
    expect(decide(view)).toEqual({ action: 'ignore', reason: 'NotOurs' });
  });
});

describe('what another pool has of a volume', () => {
  const stray = { pool: 'hdd', record: volumeRecord(), baseDirectoryId: 'base-2', hasContent: false };
  const judge = (changes: object, view: Parameters<typeof volumeView>[0] = {}) =>
    decide(volumeView({ volume: bound, strays: [{ ...stray, ...changes }], ...view }));

  test('is undone when it is the empty try of an earlier life of the claim', () => {
    expect(judge({})).toEqual({ action: 'undoStray', reason: 'BegunInAnotherPool', pool: 'hdd' });
  });

  test.each<[string, object, Parameters<typeof volumeView>[0]?]>([
    ['it has content', { hasContent: true }],
    ['it is the directory of the volume, at another path', { baseDirectoryId: baseDirectory.id }],
    ['it is to be kept', { record: retained }],
    ['it is of another node', { record: volumeRecord({ node: 'node-b' }) }],
    ['it is of another cluster', { record: volumeRecord({ cluster: 'cluster-b' }) }],
    ['the volume has no record where it lies', {}, { disk: unrecorded }],
    ['the volume does not say where it lies', {}, { volume: { ...bound, baseDirectoryId: undefined } }],
  ])('is left alone when %s', (_, changes, view) => {
    expect(judge(changes, view).action).not.toBe('undoStray');
  });
});
