import { describe, expect, test } from 'vitest';
import { copyDirectories } from '../../../bench/pairs/of-ours.ts';
import { newPairNames, type PairNames, renamed } from '../../../bench/pairs/pair-names.ts';
import { openVolumeStorage } from '../../../src/disk/file-system-storage.ts';
import { volumeNameFor } from '../../../src/model/names.ts';
import type { VolumeRecord } from '../../../src/model/volume-record.ts';
import { volumeRecord } from '../../support/build-views.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

test('the names of a copied pair take the place of the old ones, leave the length, and leave bytes alone', () => {
  const [from, to] = [newPairNames(), newPairNames()];
  const textAbout = ({ claimName, claimUid, volumeUid }: PairNames) =>
    `k8s\0\x0a\xff${claimName} ${volumeNameFor(claimUid)} ${volumeUid} ${claimUid}\x80\xfe`;
  expect(renamed(textAbout(from), from, to)).toBe(textAbout(to));
  expect(textAbout(to)).toHaveLength(textAbout(from).length);
});

describe('copied volumes of ours', () => {
  test('are complete for the storage: each has its record and its directory, and nothing is left over', async () => {
    await using folder = await temporaryDirectory();
    const storage = openVolumeStorage({ basePath: folder.path, nodeName: 'node-a', knownBases: () => [] });
    await storage.inspect();
    const [original, ...copies] = [newPairNames(), newPairNames(), newPairNames()] as const;
    await storage.makeDirectory(recordFor(original), { mode: 0o777, owner: undefined });

    copyDirectories(folder.path, original, copies);

    for (const copy of copies) {
      const volume = volumeNameFor(copy.claimUid);
      expect(await storage.readRecord(volume)).toEqual(recordFor(copy));
      expect(await storage.locate(volume)).toBe('base');
    }
    expect(await storage.listOrphans()).toEqual([]);
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
