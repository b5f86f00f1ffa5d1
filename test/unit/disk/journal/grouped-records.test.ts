import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { calls } from '../../../../src/disk/calls.ts';
import { StorageError, type VolumeStorage } from '../../../../src/disk/port.ts';
import { template } from '../../../support/build-views.ts';
import { memory } from '../../../support/memory.ts';
import { crashBefore, effectsOf, failAt, journeyOf, meanwhile, systemError } from '../faults.ts';
import { anybody, newStorage, openStorage, reasonOf, recordOf, treeOf } from '../support.ts';

const volumes = ['pvc-a', 'pvc-b', 'pvc-c'];
const ours = '.hostpath-provisioner';

/** What becomes of each: undefined, or why not. */
async function makeTogether(storage: VolumeStorage, names = volumes): Promise<unknown[]> {
  const made = await Promise.allSettled(names.map((name) => storage.makeDirectory(recordOf(name), anybody)));
  return made.map((end) => (end.status === 'rejected' ? end.reason : undefined));
}

/** Fails as the first of those that failed. */
async function makeAll(storage: VolumeStorage): Promise<void> {
  for (const failure of await makeTogether(storage)) if (failure !== undefined) throw failure;
}

async function usedStorage() {
  const made = newStorage(memory);
  await made.storage.inspect();
  const recordPath = (name: string) => join(made.basePath, ours, 'volumes', `${name}.json`);
  return { ...made, recordPath };
}

test('records that come at the same time are one file, with a name for each', async () => {
  const { storage, basePath, recordPath } = await usedStorage();
  const journey = await journeyOf(basePath, () => makeAll(storage));
  expect(journey.slice(0, 5)).toEqual([
    `writeFile ${ours}/temporary`,
    ...volumes.map((name) => `link ${ours}/temporary ${ours}/volumes/${name}.json`),
    `unlink ${ours}/temporary`,
  ]);
  expect(new Set(volumes.map((name) => lstatSync(recordPath(name)).ino)).size).toBe(1);
  for (const name of volumes) expect(await storage.readRecord(name)).toEqual(recordOf(name));
});

test('what becomes of one of them does not touch the others', async () => {
  const { storage } = await usedStorage();
  await makeAll(storage);
  await storage.retainDirectory('pvc-a');
  await storage.undoDirectory('pvc-b');
  await storage.trashDirectory('pvc-c');
  expect(await storage.readRecord('pvc-a')).toEqual(recordOf('pvc-a', { reclaimPolicy: 'Retain' }));
  expect(await storage.readRecord('pvc-b')).toBeUndefined();
  expect(await storage.readRecord('pvc-c')).toEqual(recordOf('pvc-c'));
  expect(await storage.listTrash()).toMatchObject([{ volume: 'pvc-c', record: recordOf('pvc-c') }]);
});

test('a claim whose name is that of another volume does not stand for it', async () => {
  const { storage } = await usedStorage();
  const claim = { namespace: 'default', name: 'pvc-b', uid: 'a' };
  const records = [recordOf('pvc-a', { claim }), recordOf('pvc-b')];
  await Promise.all(records.map((record) => storage.makeDirectory(record, anybody)));
  expect(await storage.readRecord('pvc-b')).toEqual(recordOf('pvc-b'));
});

test('a name that is taken fails alone, and what is there stays', async () => {
  const { storage, recordPath } = await usedStorage();
  const takeName = () => writeFileSync(recordPath('pvc-b'), 'somebody else was faster');
  let failures: unknown[] = [];
  await meanwhile('link', takeName, async () => {
    failures = await makeTogether(storage);
  });
  expect(failures).toEqual([undefined, expect.any(StorageError), undefined]);
  expect(readFileSync(recordPath('pvc-b'), 'utf8')).toBe('somebody else was faster');
});

test('a damaged file is damaged for all whose records it has', async () => {
  const { storage, recordPath } = await usedStorage();
  await makeAll(storage);
  writeFileSync(recordPath('pvc-a'), 'nothing that we wrote');
  for (const name of volumes) expect(await reasonOf(storage.readRecord(name))).toBe('RecordDamaged');
});

test('a file grows no larger than can be read, whatever the records have in them', async () => {
  const { storage, recordPath } = await usedStorage();
  const mountOptions = Array.from({ length: 100 }, () => 'x'.repeat(60));
  const records = Array.from({ length: 24 }, (_, n) =>
    recordOf(`pvc-${n}`, { template: { ...template, mountOptions } }),
  );
  await Promise.all(records.map((record) => storage.makeDirectory(record, anybody)));
  for (const record of records) {
    expect(lstatSync(recordPath(record.volume)).size).toBeLessThanOrEqual(16 * 1024);
    expect(await storage.readRecord(record.volume)).toEqual(record);
  }
});

test.each(['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'] as const)(
  'have a file each where there are no hard links: %s',
  async (code) => {
    const link = vi.spyOn(calls, 'link').mockRejectedValue(systemError(code, 'link'));
    onTestFinished(() => link.mockRestore());
    const { storage, basePath } = await usedStorage();
    await makeAll(storage);
    for (const name of volumes) {
      expect(await storage.readRecord(name)).toEqual(recordOf(name));
      expect(lstatSync(join(basePath, ours, 'volumes', `${name}.json`)).nlink).toBe(1);
    }
    expect(readdirSync(join(basePath, ours)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  },
);

describe('made together', () => {
  test('end the same when the process is killed before any effect, and all is repeated', async () => {
    const { storage, basePath } = await usedStorage();
    const effects = await effectsOf(() => makeAll(storage));
    const whole = Object.keys(treeOf(basePath));
    for (let n = 0; n <= effects.length; n++) {
      const { storage: killed, basePath: path } = await usedStorage();
      await crashBefore(n, () => makeAll(killed));
      const next = openStorage(path);
      await next.inspect();
      expect(await makeTogether(next), `killed before ${n} of ${effects}`).toEqual([undefined, undefined, undefined]);
      expect(Object.keys(treeOf(path))).toEqual(whole);
    }
  });

  test('leave nothing half when one call fails, say so, and succeed when it is repeated', async () => {
    const { storage } = await usedStorage();
    const effects = await effectsOf(() => makeAll(storage));
    // Who comes a moment later has an fsync of its own, so there are sometimes fewer calls, and sometimes more.
    let failed = 0;
    for (let hasFailed = true; hasFailed; failed += 1) {
      const { storage: failing, basePath } = await usedStorage();
      const outcome = await failAt(failed, 'ENOSPC', () => makeAll(failing)).catch((error: unknown) => error);
      hasFailed = outcome !== undefined;
      if (hasFailed) expect(outcome, `call ${failed}`).toBeInstanceOf(StorageError);
      expect(readdirSync(join(basePath, ours)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      await makeAll(failing);
      for (const name of volumes) expect(await failing.readRecord(name)).toEqual(recordOf(name));
    }
    const syncs = effects.filter((effect) => effect === 'fsync').length;
    expect(failed).toBeGreaterThan(effects.length - syncs);
  });
});

describe('grown together', () => {
  const grown = (name: string, capacity: string) => recordOf(name, { template: { ...template, capacity } });

  /** What becomes of each: undefined, or why not. */
  async function growTogether(storage: VolumeStorage, capacity = '2Gi'): Promise<unknown[]> {
    const ends = await Promise.allSettled(
      volumes.map((name) => storage.growDirectory(name, { capacity, limit: undefined })),
    );
    return ends.map((end) => (end.status === 'rejected' ? end.reason : undefined));
  }

  async function growAll(storage: VolumeStorage): Promise<void> {
    for (const failure of await growTogether(storage)) if (failure !== undefined) throw failure;
  }

  /** Volumes of 1 GiB, each with a directory. */
  async function madeStorage() {
    const made = await usedStorage();
    await Promise.all(volumes.map((name) => made.storage.makeDirectory(grown(name, '1Gi'), anybody)));
    return made;
  }

  /** Lets the next reads end together, so that all which is done with them comes in one turn of the event loop. */
  function endReadsTogether(count: number): void {
    const { readFile } = calls;
    const { promise: all, resolve } = Promise.withResolvers<void>();
    let ended = 0;
    const reads = vi.spyOn(calls, 'readFile').mockImplementation(async (...args: Parameters<typeof readFile>) => {
      const content = await readFile(...args);
      ended += 1;
      if (ended === count) resolve();
      await all;
      return content;
    });
    onTestFinished(() => reads.mockRestore());
  }

  test('have a new file together, and each name is moved onto it', async () => {
    const { storage, basePath, recordPath } = await madeStorage();
    const before = lstatSync(recordPath('pvc-a')).ino;
    endReadsTogether(volumes.length);
    const journey = await journeyOf(basePath, () => growAll(storage));
    expect(journey.filter((step) => step.startsWith('writeFile'))).toEqual([`writeFile ${ours}/temporary`]);
    expect(journey.filter((step) => step.startsWith('rename')).sort()).toEqual(
      volumes.map((name) => `rename ${ours}/temporary ${ours}/volumes/${name}.json`),
    );
    expect(journey.at(-1)).toBe(`fsync ${ours}/volumes`);
    const inodes = new Set(volumes.map((name) => lstatSync(recordPath(name)).ino));
    expect([inodes.size, inodes.has(before)]).toEqual([1, false]);
    for (const name of volumes) expect(await storage.readRecord(name)).toEqual(grown(name, '2Gi'));
    expect(readdirSync(join(basePath, ours)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('have a file each where there are no hard links', async () => {
    const { storage, recordPath } = await madeStorage();
    const link = vi.spyOn(calls, 'link').mockRejectedValue(systemError('EPERM', 'link'));
    onTestFinished(() => link.mockRestore());
    await growAll(storage);
    for (const name of volumes) {
      expect(await storage.readRecord(name)).toEqual(grown(name, '2Gi'));
      expect(lstatSync(recordPath(name)).nlink).toBe(1);
    }
  });

  test('on a full disk take the space that is kept for deletions', async () => {
    const { storage, basePath } = await madeStorage();
    const spare = join(basePath, ours, 'spare');
    expect(existsSync(spare)).toBe(true);
    const { writeFile } = calls;
    const fullDisk = vi.spyOn(calls, 'writeFile').mockImplementation(async (...args: Parameters<typeof writeFile>) => {
      if (existsSync(spare)) throw systemError('ENOSPC', 'write');
      return writeFile(...args);
    });
    onTestFinished(() => fullDisk.mockRestore());
    expect(await growTogether(storage)).toEqual([undefined, undefined, undefined]);
    for (const name of volumes) expect(await storage.readRecord(name)).toEqual(grown(name, '2Gi'));
  });

  test('have the old or the new size when the process is killed before any effect, and the new one when all is repeated', async () => {
    const { storage } = await madeStorage();
    const effects = await effectsOf(() => growAll(storage));
    for (let n = 0; n <= effects.length; n++) {
      const { storage: killed, basePath } = await madeStorage();
      await crashBefore(n, () => growAll(killed));
      const next = openStorage(basePath);
      await next.inspect();
      for (const name of volumes) {
        const found = await next.readRecord(name);
        expect([grown(name, '1Gi'), grown(name, '2Gi')], `killed before ${n} of ${effects}`).toContainEqual(found);
      }
      expect(await growTogether(next)).toEqual([undefined, undefined, undefined]);
      for (const name of volumes) expect(await next.readRecord(name)).toEqual(grown(name, '2Gi'));
      expect(readdirSync(join(basePath, ours)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    }
  });

  test('have the old or the new size when one call fails, and the new one when all is repeated', async () => {
    const { storage } = await madeStorage();
    const effects = await effectsOf(() => growAll(storage));
    for (let n = 0; n <= effects.length; n++) {
      const { storage: failing } = await madeStorage();
      await failAt(n, 'EIO', () => growAll(failing)).catch(() => undefined);
      for (const name of volumes) {
        expect([grown(name, '1Gi'), grown(name, '2Gi')]).toContainEqual(await failing.readRecord(name));
      }
      await growAll(failing);
      for (const name of volumes) expect(await failing.readRecord(name)).toEqual(grown(name, '2Gi'));
    }
  });
});
