import { describe, expect, test } from 'vitest';
import { decideDelete } from '../../../src/delete/decide.ts';
import type { DirectoryPlace } from '../../../src/disk/port.ts';
import type { Volume } from '../../../src/model/volume.ts';
import type { VolumeRecord } from '../../../src/model/volume-record.ts';
import {
  baseDirectory,
  basePath,
  ownCluster,
  volumeName,
  volumeRecord,
  volumeView,
} from '../../support/build-views.ts';

const { cluster: _, ...unnamed } = volumeRecord();
const ofAnother = volumeRecord({ cluster: 'cluster-b' });
const retained = { reclaimPolicy: 'Retain' } as const;

describe('decideDelete, of a directory that no volume of ours stands for', () => {
  test.each<[string, VolumeRecord, string | undefined, DirectoryPlace, string, string?]>([
    ['in the trash, ours', volumeRecord(), ownCluster, 'trash', 'erase'],
    ['in the trash, of another cluster', ofAnother, ownCluster, 'trash', 'keep', 'AnotherCluster'],
    ['in the trash, of no known cluster', unnamed, ownCluster, 'trash', 'keep', 'ClusterUnknown'],
    ['in the trash, while our own cluster is unknown', volumeRecord(), undefined, 'trash', 'keep', 'ClusterUnknown'],
    ['in its place, of another cluster', ofAnother, ownCluster, 'base', 'keep', 'AnotherCluster'],
    ['in its place, of no known cluster: its claim may live', unnamed, ownCluster, 'base', 'askClaim'],
    ['in its place, while our own cluster is unknown', volumeRecord(), undefined, 'base', 'askClaim'],
    ['gone, of another cluster', ofAnother, ownCluster, 'nowhere', 'keep', 'AnotherCluster'],
    ['gone, to be kept, ours', volumeRecord(retained), ownCluster, 'nowhere', 'forget'],
    ['gone, to be kept, of another cluster', { ...ofAnother, ...retained }, ownCluster, 'nowhere', 'keep'],
    ['gone, to be kept, of no known cluster', { ...unnamed, ...retained }, ownCluster, 'nowhere', 'ignore'],
  ])('%s', (_, record, own, place, action, reason) => {
    for (const volume of [undefined, { identity: 'node-b' }]) {
      const decision = decideDelete(volumeView({ volume, disk: { record, place }, ownCluster: own }));
      const isForgotten = action === 'forget' && volume === undefined;
      expect(decision).toMatchObject({ action: action === 'forget' && !isForgotten ? 'ignore' : action });
      if (reason !== undefined) expect(decision).toMatchObject({ reason });
    }
  });

  test.each([
    ['ours', ownCluster, 'erase'],
    ['another', 'cluster-b', 'keep'],
    ['no known one', undefined, 'keep'],
  ])('in the trash without a record is of the cluster that the base directory names: %s', (_, cluster, action) => {
    const disk = { record: undefined, place: 'trash' as const, baseDirectory: { ...baseDirectory, cluster } };
    expect(decideDelete(volumeView({ volume: undefined, disk }))).toMatchObject({ action });
  });
});

describe('decideDelete, of a volume of ours whose directory is', () => {
  const decide = (volume: Partial<Volume>, record: VolumeRecord, own: string | undefined = ownCluster) =>
    decideDelete(volumeView({ volume, disk: { record, place: 'base' }, ownCluster: own }));

  test.each<[string, Partial<Volume>]>([
    ['released', {}],
    ['being deleted', { deleting: true }],
    ['to be kept, and being deleted', { deleting: true, reclaimPolicy: 'Retain' }],
    ['half deleted', { deleting: true, phase: 'Bound' }],
  ])('of another cluster: one that is %s fails, and says how to let it go', (_, changes) => {
    const decision = decide(changes, ofAnother);
    expect(decision).toMatchObject({ action: 'fail', reason: 'AnotherCluster' });
    expect(decision).toHaveProperty(
      'error.message',
      expect.stringContaining(`${basePath}/${volumeName} is of the cluster`),
    );
    expect(decision).toHaveProperty('error.message', expect.stringContaining(`kubectl patch pv ${volumeName}`));
  });

  test.each<[string, Partial<Volume>]>([
    ['in use', { phase: 'Bound' }],
    ['in use without our finalizer', { phase: 'Bound', hasFinalizer: false }],
    ['in use without our label', { phase: 'Bound', nodeLabel: undefined }],
    ['to be kept', { reclaimPolicy: 'Retain' }],
  ])('of another cluster: one that is %s is left as it is', (_, changes) => {
    expect(decide(changes, ofAnother)).toEqual({ action: 'ignore', reason: expect.any(String) });
  });

  test.each([
    ['of no known cluster', unnamed, ownCluster],
    ['of a cluster that we cannot compare with ours', volumeRecord(), undefined],
  ])('%s: the volume itself proves that it is ours', (_, record, own) => {
    expect(decide({}, record, own)).toEqual({ action: 'delete', reason: 'Released' });
  });
});
