import { describe, expect, test, vi } from 'vitest';
import type { StorageError, StorageReason } from '../../../src/disk/port.ts';
import { memory } from '../../support/memory.ts';
import {
  afterRetention,
  hourMs,
  keptRecord,
  make,
  makeKept,
  prepared,
  reference,
  removedAt,
  type Scenario,
  scenarios,
  stateOf,
  trashKept,
} from './deeds.ts';
import { crashBefore, failAt, journeyOf } from './faults.ts';
import { eraseWhenOver, newStorage, openStorage, reasonOf, recordOf, treeOf, volume } from './support.ts';

const full = [
  ['ENOSPC', 'NoSpace'],
  ['EDQUOT', 'NoSpace'],
] as const;

describe.each(scenarios)('$deed', (scenario) => {
  test('ends the same when it is killed before any effect, even twice, and is then repeated', async () => {
    const { effects, state } = await reference(scenario);
    expect(effects.length).toBeGreaterThan(2);
    for (let first = 0; first <= effects.length; first++) {
      for (let second = 0; second <= effects.length; second++) {
        const { storage, basePath } = await prepared(scenario);
        await crashBefore(first, () => scenario.run(storage));
        const next = openStorage(basePath);
        await crashBefore(second, () => scenario.run(next));
        const last = openStorage(basePath);
        await last.inspect();
        await scenario.run(last);
        expect(stateOf(basePath), `killed before ${first} and ${second} of ${effects}`).toEqual(state);
      }
    }
  });

  test.each<[keyof typeof import('node:os').constants.errno, StorageReason]>([
    ...(scenario.onFullDisk ? [] : full),
    ['EROFS', 'ReadOnly'],
    ['EACCES', 'PermissionDenied'],
    ['EPERM', 'PermissionDenied'],
    ['EIO', 'StorageFailed'],
    ['EMFILE', 'StorageFailed'],
  ] as never)(
    'says %s in words wherever it strikes, leaves nothing half, and succeeds when it is repeated',
    async (code, reason) => {
      const { effects, state } = await reference(scenario);
      for (let n = 0; n < effects.length; n++) {
        const { storage, basePath } = await prepared(scenario);
        const run = () => failAt(n, code, () => scenario.run(storage));
        // A file system without hard links says so.
        if (code === 'EPERM' && effects[n] === 'link') await run();
        else expect(await reasonOf(run()), `${code} at ${effects[n]}`).toBe(reason);
        expect(Object.keys(treeOf(basePath)).filter((path) => path.endsWith('.tmp'))).toEqual([]);
        await scenario.run(storage);
        expect(stateOf(basePath)).toEqual(state);
      }
    },
  );
});

describe.each(scenarios.filter(({ onFullDisk }) => onFullDisk))('$deed', (scenario) => {
  test.each(full)(
    'on a full disk, says nothing worse than %s wherever it strikes, and comes to its end',
    async (code, reason) => {
      const { effects, state } = await reference(scenario);
      for (let n = 0; n < effects.length; n++) {
        const { storage, basePath } = await prepared(scenario);
        const failure = await failAt(n, code, () => scenario.run(storage)).then(
          () => undefined,
          (error: StorageError) => error.reason,
        );
        expect([undefined, reason], `${code} at ${effects[n]}`).toContain(failure);
        expect(Object.keys(treeOf(basePath)).filter((path) => path.endsWith('.tmp'))).toEqual([]);
        await scenario.run(storage);
        if (scenario.onFullDisk === 'whole') expect(stateOf(basePath)).toEqual(state);
        else expect(await storage.locate(volume)).not.toBe('base');
      }
    },
  );
});

describe('makeDirectory', () => {
  const scenario = scenarios[1] as Scenario;

  test('killed before any effect, can be taken back without a trace', async () => {
    const { effects } = await reference(scenario);
    for (let n = 0; n <= effects.length; n++) {
      const { storage, basePath } = await prepared(scenario);
      const before = treeOf(basePath);
      await crashBefore(n, () => make(storage));
      const next = openStorage(basePath);
      await next.undoDirectory(volume);
      expect(treeOf(basePath)).toEqual(before);
    }
  });

  test('leaves no record when it fails before the directory is there', async () => {
    const { effects } = await reference(scenario);
    for (let n = 0; n <= effects.indexOf('mkdir'); n++) {
      const { storage, basePath } = await prepared(scenario);
      const before = treeOf(basePath);
      await reasonOf(failAt(n, 'ENOSPC', () => make(storage)));
      expect(treeOf(basePath), `ENOSPC at ${effects[n]}`).toEqual(before);
    }
  });
});

describe('trashDirectory', () => {
  test('killed before any effect, never loses the record or the content', async () => {
    const scenario = scenarios[4] as Scenario;
    const { effects } = await reference(scenario);
    for (let n = 0; n <= effects.length; n++) {
      const { storage, basePath } = await prepared(scenario);
      await crashBefore(n, () => scenario.run(storage));
      const next = openStorage(basePath);
      expect(await next.readRecord(volume)).toEqual(recordOf(volume));
      expect(await next.listRecords()).toEqual([volume]);
      expect(Object.values(treeOf(basePath)).filter((content) => content.endsWith(' messages'))).toHaveLength(1);
      await next.trashDirectory(volume);
      expect(await next.locate(volume)).toBe('trash');
      expect(await next.eraseTrash(volume)).toMatchObject({ result: 'erased' });
      expect(await next.listRecords()).toEqual([]);
    }
  });
});

describe('a volume that is to be kept', () => {
  const ours = '.hostpath-provisioner';
  const trash = `${ours}/trash/${volume}`;

  test('gets the time of its removal when it is out of reach, before its record follows', async () => {
    const { storage, basePath } = newStorage(memory);
    await makeKept(storage, basePath);
    expect(await journeyOf(basePath, () => storage.trashDirectory(volume))).toEqual([
      `mkdir ${trash}`,
      `rename ${volume} ${trash}/directory`,
      `fsync ${ours}/trash`,
      `fsync ${trash}`,
      'fsync .',
      `writeFile ${ours}/temporary`,
      `rename ${ours}/temporary ${ours}/volumes/${volume}.json`,
      `rename ${ours}/volumes/${volume}.json ${trash}/record.json`,
      `fsync ${trash}`,
      `fsync ${ours}/volumes`,
    ]);
  });

  test('is restored record first, and leaves the trash last', async () => {
    const { storage, basePath } = newStorage(memory);
    await trashKept(storage, basePath);
    expect(await journeyOf(basePath, () => storage.restoreDirectory(volume))).toEqual([
      `writeFile ${ours}/temporary`,
      `rename ${ours}/temporary ${ours}/volumes/${volume}.json`,
      `fsync ${ours}/volumes`,
      `rename ${trash}/directory ${volume}`,
      'fsync .',
      `fsync ${trash}`,
      `unlink ${trash}/record.json`,
      `rmdir ${trash}`,
      `fsync ${ours}/trash`,
    ]);
  });

  test('is durably out of reach of a restore before anything of it is erased', async () => {
    const { storage, basePath } = newStorage(memory);
    await trashKept(storage, basePath);
    vi.setSystemTime(afterRetention);
    expect(await journeyOf(basePath, () => storage.eraseTrash(volume))).toEqual([
      `rename ${trash}/directory ${trash}/erasing`,
      `fsync ${trash}`,
      `fsync ${ours}/trash`,
    ]);
  });

  test('is erased after a restore that was killed before any effect and never repeated, or stays in its place', async () => {
    const scenario = scenarios.at(-1) as Scenario;
    const { effects } = await reference(scenario);
    const ends = new Set<string>();
    for (let n = 0; n <= effects.length; n++) {
      const { storage, basePath } = await prepared(scenario);
      await crashBefore(n, () => scenario.run(storage));
      const next = openStorage(basePath);
      vi.setSystemTime(afterRetention);
      expect(await next.eraseTrash(volume)).toMatchObject({ result: 'erased' });
      vi.setSystemTime(removedAt);
      const place = await next.locate(volume);
      ends.add(place);
      const record = place === 'base' ? { ...keptRecord, reclaimPolicy: 'Retain' } : undefined;
      expect(await next.readRecord(volume), `killed before ${n} of ${effects}`).toEqual(record);
      expect(await next.listTrash()).toEqual([]);
    }
    expect([...ends]).toEqual(['nowhere', 'base']);
  });

  test('is erased in the end when the process is killed before any effect of that', async () => {
    for (let n = 0; n <= 3; n++) {
      const { storage, basePath } = newStorage(memory);
      await trashKept(storage, basePath);
      vi.setSystemTime(afterRetention);
      await crashBefore(n, () => storage.eraseTrash(volume));
      const next = openStorage(basePath);
      expect(await next.eraseTrash(volume)).toMatchObject({ result: 'erased' });
      expect([await next.listRecords(), await next.locate(volume)]).toEqual([[], 'nowhere']);
      vi.setSystemTime(removedAt);
    }
  });

  test('is kept for all of its time when the move into the trash was killed and its volume went all the same', async () => {
    const scenario = scenarios.at(-2) as Scenario;
    const { effects } = await reference(scenario);
    for (let n = effects.indexOf('rename') + 1; n <= effects.length; n++) {
      const { storage, basePath } = await prepared(scenario);
      await crashBefore(n, () => scenario.run(storage));
      const next = openStorage(basePath);
      const moveUnfinished = n < effects.lastIndexOf('rename') + 1;
      expect(await next.readTrash(volume)).toMatchObject({ moveUnfinished, canBeRestored: true });
      if (moveUnfinished) await next.trashDirectory(volume); // as the flow of the trash does
      expect(await eraseWhenOver(next, volume), `killed before ${n} of ${effects}`).toEqual({ keptForMs: hourMs });
      expect(await next.listTrash()).toMatchObject([{ volume, keptUntil: afterRetention }]);
    }
  });
});
