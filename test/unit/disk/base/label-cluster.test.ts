import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ClusterFacts } from '../../../../src/disk/port.ts';
import { anybody, newStorage, openStorage, recordOf, treeOf, volume } from '../support.ts';

const other = 'pvc-5e0c7d0a-0000-4000-8000-000000000002';

/** A cluster that has these volumes in any base directory. */
const cluster = (uid: string | undefined, volumes: string[] = []): ClusterFacts => ({ uid, volumesIn: () => volumes });

const labelOf = (basePath: string) => join(basePath, '.hostpath-provisioner/base.json');
const readLabel = (basePath: string) => JSON.parse(readFileSync(labelOf(basePath), 'utf8'));

/** A base directory that an earlier version labelled, with records of it. */
async function earlierBase(volumes: string[] = [volume]): Promise<string> {
  const { storage, basePath } = newStorage();
  for (const name of volumes) await storage.makeDirectory(recordOf(name), anybody);
  await storage.inspect();
  return basePath;
}

describe('a new base directory', () => {
  test('is labelled with our cluster', async () => {
    const { basePath } = newStorage();
    const { cluster: named } = await openStorage(basePath, { ownCluster: cluster('ours') }).inspect();
    expect([named, readLabel(basePath).cluster]).toEqual(['ours', 'ours']);
  });

  test('is labelled with our cluster at once, although it becomes known during the inspection', async () => {
    const { basePath } = newStorage();
    const facts = {
      uid: undefined as string | undefined,
      volumesIn: (): string[] => {
        throw new Error('the label was written without a cluster');
      },
    };
    const knownBases = () => {
      facts.uid = 'ours';
      return [];
    };
    expect((await openStorage(basePath, { ownCluster: facts, knownBases }).inspect()).cluster).toBe('ours');
  });

  test('is labelled without one while ours is unknown, and with it once it is known and nothing was recorded', async () => {
    const { basePath } = newStorage();
    const facts = { uid: undefined as string | undefined, volumesIn: () => [] };
    const storage = openStorage(basePath, { ownCluster: facts });
    expect((await storage.inspect()).cluster).toBeUndefined();
    facts.uid = 'ours';
    expect((await storage.inspect()).cluster).toBe('ours');
    expect(readLabel(basePath).cluster).toBe('ours');
  });
});

describe('the label of an earlier version', () => {
  test('gets our cluster once a volume of ours has a record in it, and keeps all else that it says', async () => {
    const basePath = await earlierBase();
    const before = { ...readLabel(basePath), later: 'a field of a newer version' };
    writeFileSync(labelOf(basePath), JSON.stringify(before));
    const storage = openStorage(basePath, { ownCluster: cluster('ours', [volume]) });
    expect((await storage.inspect()).cluster).toBe('ours');
    expect(readLabel(basePath)).toEqual({ ...before, cluster: 'ours' });
    expect(await storage.readRecord(volume)).toEqual({ ...recordOf(volume), cluster: 'ours' });
  });

  test.each<[string, string[]]>([
    ['no volume of ours lies in it', []],
    ['the journal does not know the volumes that say so', [other]],
  ])('stays as it is when it has records and %s', async (_, volumes) => {
    const basePath = await earlierBase();
    const before = treeOf(basePath);
    const storage = openStorage(basePath, { ownCluster: cluster('ours', volumes) });
    expect((await storage.inspect()).cluster).toBeUndefined();
    expect(await storage.readRecord(volume)).toEqual(recordOf(volume));
    expect(treeOf(basePath)).toEqual(before);
  });

  test('does not get it for what we made beside another cluster’s volumes', async () => {
    const basePath = await earlierBase();
    const storage = openStorage(basePath, { ownCluster: cluster('ours', [other]) });
    await storage.makeDirectory(recordOf(other, { cluster: 'ours' }), anybody);
    await openStorage(basePath, { ownCluster: cluster('ours', [other]) }).inspect();
    expect(readLabel(basePath).cluster).toBeUndefined();
    expect(await storage.readRecord(volume)).toEqual(recordOf(volume));
  });
});

describe('a base directory of another cluster', () => {
  test('can be used, keeps its label, and tells the records apart', async () => {
    const { basePath } = newStorage();
    const first = openStorage(basePath, { ownCluster: cluster('theirs') });
    await first.makeDirectory(recordOf(volume), anybody); // as an earlier version wrote it
    const storage = openStorage(basePath, { ownCluster: cluster('ours') });
    await storage.makeDirectory(recordOf(other, { cluster: 'ours' }), anybody);
    expect((await storage.inspect()).cluster).toBe('theirs');
    expect((await storage.readRecord(volume))?.cluster).toBe('theirs');
    expect((await storage.readRecord(other))?.cluster).toBe('ours');
  });

  test('says in the list of its trash of which cluster it is', async () => {
    const { basePath } = newStorage();
    const first = openStorage(basePath, { ownCluster: cluster('theirs') });
    await first.makeDirectory(recordOf(volume), anybody);
    await first.trashDirectory(volume);
    const entries = await openStorage(basePath, { ownCluster: cluster('ours') }).listTrash();
    expect(entries).toMatchObject([{ volume, record: { cluster: 'theirs' } }]);
  });
});
