import { describe, expect, test } from 'vitest';
import { directoryCopier } from '../../../bench/pairs/of-ours.ts';
import { newPairNames, type PairNames, renamed } from '../../../bench/pairs/pair-names.ts';
import { openVolumeStorage } from '../../../src/disk/file-system-storage.ts';
import { volumeNameFor } from '../../../src/model/names.ts';
import type { VolumeRecord } from '../../../src/model/volume-record.ts';
import { volumeRecord } from '../../support/build-views.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const textAbout = ({ claimName, claimUid, volumeUid }: PairNames): string =>
  JSON.stringify({
    claim: claimName,
    volume: volumeNameFor(claimUid),
    path: `/base/pvc-${claimUid}/x`,
    uid: volumeUid,
  });

describe('the names of a copied pair', () => {
  test('take the place of the old ones wherever those are', () => {
    const [from, to] = [newPairNames(), newPairNames()];
    expect(renamed(textAbout(from), from, to)).toBe(textAbout(to));
  });

  test('leave every text as long as it was', () => {
    const [from, to] = [newPairNames(), newPairNames()];
    expect(textAbout(to)).toHaveLength(textAbout(from).length);
  });

  test('leave bytes alone that are no text', () => {
    const [from, to] = [newPairNames(), newPairNames()];
    const value = `k8s\0\x0a\xff${from.claimUid}\x80\xfe`;
    expect(renamed(value, from, to)).toBe(`k8s\0\x0a\xff${to.claimUid}\x80\xfe`);
  });
});

describe('copied volumes of ours', () => {
  test('are complete for the storage: each has its record and its directory, and nothing is left over', async () => {
    await using folder = await temporaryDirectory();
    const storage = openVolumeStorage({ basePath: folder.path, nodeName: 'node-a', knownBases: () => [] });
    await storage.inspect();
    const [original, ...copies] = [newPairNames(), newPairNames(), newPairNames()] as const;
    await storage.makeDirectory(recordFor(original), { mode: 0o777, owner: undefined });

    const copyDirectory = directoryCopier(folder.path, original);
    for (const copy of copies) copyDirectory(copy);

    for (const copy of copies) {
      const volume = volumeNameFor(copy.claimUid);
      expect(await storage.readRecord(volume)).toEqual(recordFor(copy));
      expect(await storage.locate(volume)).toBe('base');
    }
    expect(await storage.countOrphans()).toBe(0);
    expect(await storage.listRecords()).toHaveLength(3);
    await storage.close();
  });
});

function recordFor({ claimName, claimUid }: PairNames): VolumeRecord {
  return volumeRecord({
    volume: volumeNameFor(claimUid),
    claim: { namespace: 'default', name: claimName, uid: claimUid },
  });
}
