import { describe, expect, test } from 'vitest';
import { decideDelete } from '../../../src/delete/decide.ts';
import type { Disk } from '../../../src/delete/observe.ts';
import { StorageError } from '../../../src/disk/port.ts';
import type { Volume } from '../../../src/model/volume.ts';
import { basePath, disk, nodeName, ownCluster, reference, volumeName, volumeView } from '../../support/build-views.ts';

const unusable = new StorageError('BaseDirectoryMissing', `${basePath} does not exist`);
const bound = { phase: 'Bound' };

describe('decideDelete, of a volume without our label', () => {
  /** As the original provisioner made it, before the base directory had a label. */
  const original = { nodeLabel: undefined, baseDirectoryId: undefined, createdAt: '2026-10-01T10:00:00Z', ...bound };
  const unrecorded = { record: undefined };

  test.each([bound, {}, { ...bound, hasFinalizer: false }, { reclaimPolicy: 'Retain' }, { deleting: true }])(
    'gives one of ours the label back before anything else: %j',
    (volume) => {
      for (const nodeLabel of [undefined, 'node-b']) {
        const view = volumeView({ volume: { ...volume, nodeLabel } });
        const { baseDirectory } = disk();
        expect(decideDelete(view)).toEqual({ action: 'label', reason: 'LabelMissing', baseDirectory });
      }
    },
  );

  test.each([
    ['in use', {}],
    ['released', { phase: 'Released' }],
    ['to be kept', { reclaimPolicy: 'Retain' }],
    ['available', { phase: 'Available' }],
    ['of type local or hostPath alike, under our other name', { provisionedBy: 'example.com/hostpath' }],
  ])('adopts one that was here before us and is %s', (_, changes) => {
    const view = volumeView({ volume: { ...original, hasFinalizer: false, ...changes }, disk: unrecorded });
    expect(decideDelete(view)).toEqual({
      action: 'adopt',
      reason: 'MadeEarlier',
      record: {
        version: 1,
        volume: volumeName,
        claim: reference,
        cluster: ownCluster,
        class: 'fast',
        node: nodeName,
        reclaimPolicy: 'Delete',
        createdAt: original.createdAt,
      },
      baseDirectory: disk().baseDirectory,
    });
  });

  const forged: [string, Partial<Volume>, Partial<Disk>?][] = [
    ['that is not older than the base directory', { createdAt: '2026-11-01T10:00:00Z' }],
    ['that is younger than the base directory', { createdAt: '2026-11-02T10:00:00Z' }],
    ['whose age nobody knows', { createdAt: undefined }],
    ['whose age is nonsense', { createdAt: 'long ago' }],
    ['of another path', { path: `${basePath}/pvc-other` }],
    ['of a path outside', { path: `${basePath}-evil/${volumeName}` }],
    ['of no path', { path: undefined }],
    ['for no claim', { claim: undefined }],
    ["whose claim's UID is not in its name", { claim: { ...reference, uid: 'bbbb-2' } }],
    ['of no class', { className: undefined }],
    ['of another base directory', { baseDirectoryId: 'base-2' }],
    ['of another node', { identity: 'node-b' }],
    ['of another provisioner', { provisionedBy: 'theirs' }],
    ['of a name that we do not give', { name: 'data', path: `${basePath}/data` }],
    ['without a directory', {}, { place: 'nowhere' }],
    ['whose directory is in the trash', {}, { place: 'trash' }],
  ];

  test.each(forged)('neither adopts nor labels one %s', (_, changes, place = {}) => {
    const view = volumeView({ volume: { ...original, ...changes }, disk: { ...unrecorded, ...place } });
    expect(['adopt', 'label']).not.toContain(decideDelete(view).action);
  });

  test('waits with both while the base directory cannot be used', () => {
    const view = volumeView({ volume: { ...original, phase: 'Released' }, disk: unusable });
    expect(decideDelete(view)).toMatchObject({ action: 'fail', reason: 'BaseDirectoryMissing' });
  });
});
