import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { calls } from '../../../src/storage/calls.ts';
import type { StorageReason, VolumeStorage } from '../../../src/storage/volume-storage.ts';
import { retention } from '../../support/build-views.ts';
import { memory } from '../../support/memory.ts';
import { crashBefore, effectsOf, failAt, journeyOf } from './faults.ts';
import { newStorage, openStorage, reasonOf, recordOf, treeOf, volume } from './support.ts';

const options = { mode: 0o2770, owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 } };
const make = (storage: VolumeStorage) => storage.makeDirectory(recordOf(volume), options);

const hourMs = 3_600_000;
const keptRecord = recordOf(volume, { retention: retention(hourMs) });
const removedAt = new Date('2026-11-23T08:00:00.000Z');
const afterRetention = new Date(removedAt.getTime() + hourMs);

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: removedAt }));
afterEach(() => void vi.useRealTimers());

/** A volume that is to be kept when it is removed, with something in it. */
async function makeKept(storage: VolumeStorage, basePath: string) {
  await storage.makeDirectory(keptRecord, options);
  writeFileSync(join(basePath, volume, 'data'), 'messages');
}

async function trashKept(storage: VolumeStorage, basePath: string) {
  await makeKept(storage, basePath);
  await storage.trashDirectory(volume);
}

interface Scenario {
  deed: string;
  prepare(storage: VolumeStorage, basePath: string): Promise<unknown>;
  run(storage: VolumeStorage): Promise<unknown>;
}

const scenarios: Scenario[] = [
  { deed: 'first use', prepare: async () => undefined, run: (storage) => storage.inspect() },
  { deed: 'makeDirectory', prepare: (storage) => storage.inspect(), run: make },
  { deed: 'undoDirectory', prepare: make, run: (storage) => storage.undoDirectory(volume) },
  { deed: 'retainDirectory', prepare: make, run: (storage) => storage.retainDirectory(volume) },
  {
    deed: 'trashDirectory',
    prepare: async (storage, basePath) => {
      await make(storage);
      mkdirSync(join(basePath, volume, 'topic-0'));
      writeFileSync(join(basePath, volume, 'topic-0', '0.log'), 'messages');
    },
    run: (storage) => storage.trashDirectory(volume),
  },
  {
    deed: 'trashDirectory of a lost directory',
    prepare: async (storage) => {
      await storage.inspect();
      await crashBefore(3, () => make(storage));
    },
    run: (storage) => storage.trashDirectory(volume),
  },
  {
    deed: 'trashDirectory of a volume that is to be kept',
    prepare: makeKept,
    run: (storage) => storage.trashDirectory(volume),
  },
  { deed: 'restoreDirectory', prepare: trashKept, run: (storage) => storage.restoreDirectory(volume) },
];

/** What lies in the base directory, but for what differs from run to run. */
function stateOf(basePath: string): Record<string, string> {
  const tree = treeOf(basePath);
  for (const path of Object.keys(tree)) if (path.endsWith('/base.json')) tree[path] = 'label';
  return tree;
}

async function prepared({ prepare }: Scenario) {
  const { storage, basePath } = newStorage(memory);
  await prepare(storage, basePath);
  return { storage, basePath };
}

/** What the deed does when nothing goes wrong: its effects, and the state that every other way must lead to. */
async function reference(scenario: Scenario) {
  const { storage, basePath } = await prepared(scenario);
  const effects = await effectsOf(() => scenario.run(storage));
  return { effects, state: stateOf(basePath) };
}

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
    ['ENOSPC', 'NoSpace'],
    ['EDQUOT', 'NoSpace'],
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
        expect(await reasonOf(failAt(n, code, () => scenario.run(storage))), `${code} at ${effects[n]}`).toBe(reason);
        expect(Object.keys(treeOf(basePath)).filter((path) => path.endsWith('.tmp'))).toEqual([]);
        await scenario.run(storage);
        expect(stateOf(basePath)).toEqual(state);
      }
    },
  );
});

describe('what a killed process may not have made durable is fsynced by the next', () => {
  const resting: Scenario[] = [
    ...scenarios,
    {
      deed: 'adoptDirectory',
      prepare: async (storage, basePath) => {
        await storage.inspect();
        mkdirSync(join(basePath, volume));
      },
      run: async (storage) => {
        await storage.adoptDirectory(recordOf(volume));
      },
    },
    {
      deed: 'eraseTrash after its retention',
      prepare: async (storage, basePath) => {
        vi.setSystemTime(removedAt);
        await trashKept(storage, basePath);
        vi.setSystemTime(afterRetention);
      },
      run: (storage) => storage.eraseTrash(volume),
    },
  ];

  /** They end with the removal of what would be removed again, were it to come back. */
  const endWithRemoval = ['undoDirectory', 'restoreDirectory'];

  test.each(resting)('$deed', async (scenario) => {
    const { effects } = await reference(scenario);
    const last = effects.length - (endWithRemoval.includes(scenario.deed) ? 2 : 0);
    for (let n = 0; n <= last; n++) {
      const { storage, basePath } = await prepared(scenario);
      const before = await journeyOf(basePath, () => crashBefore(n, () => scenario.run(storage)));
      const unsure = directoriesLeftUnsure(before).filter((path) => existsSync(join(basePath, path)));
      const again = await journeyOf(basePath, () => scenario.run(openStorage(basePath)));
      expect(
        unsure.filter((path) => !again.includes(`fsync ${path}`)),
        `killed before ${n} of ${effects}`,
      ).toEqual([]);
    }
  });

  /** Directories whose names were changed, without an fsync after the last change. */
  function directoriesLeftUnsure(journey: string[]): string[] {
    const unsure = new Set<string>();
    for (const [effect, ...paths] of journey.map((step) => step.split(' '))) {
      if (effect === 'fsync') unsure.delete(paths[0] ?? '');
      if (!['mkdir', 'rename', 'link', 'unlink', 'rmdir'].includes(effect ?? '')) continue;
      for (const path of paths) if (!path.endsWith('temporary')) unsure.add(dirname(path));
    }
    return [...unsure];
  }
});

describe('each step is durable before the next', () => {
  // A crash of the machine may lose whatever was not fsynced, or the one of two steps that came first.
  const ours = '.hostpath-provisioner';

  test('record, directory, mode: a directory of ours never lacks its record', async () => {
    const { storage, basePath } = newStorage(memory);
    await storage.inspect();
    expect(await journeyOf(basePath, () => make(storage))).toEqual([
      `writeFile ${ours}/temporary`,
      `rename ${ours}/temporary ${ours}/volumes/${volume}.json`,
      `fsync ${ours}/volumes`,
      `mkdir ${volume}`,
      `fchmod ${volume}`,
      `fchown ${volume}`,
      `fsync ${volume}`,
      'fsync .',
    ]);
  });

  test('also when the record was there already', async () => {
    const { storage, basePath } = newStorage(memory);
    await make(storage);
    const journey = await journeyOf(basePath, () => make(storage));
    expect(journey).toEqual([
      `fsync ${ours}/volumes`,
      `mkdir ${volume}`,
      `fchown ${volume}`,
      `fsync ${volume}`,
      'fsync .',
    ]);
  });

  test('a note that a directory is to be kept, also when it was there already', async () => {
    const { storage, basePath } = newStorage(memory);
    await make(storage);
    const noted = [
      `writeFile ${ours}/temporary`,
      `rename ${ours}/temporary ${ours}/volumes/${volume}.json`,
      `fsync ${ours}/volumes`,
    ];
    expect(await journeyOf(basePath, () => storage.retainDirectory(volume))).toEqual(noted);
    expect(await journeyOf(basePath, () => storage.retainDirectory(volume))).toEqual(noted.slice(-1));
  });

  test('the file is fsynced before it is put in place', async () => {
    const { storage } = newStorage(memory);
    await storage.inspect();
    const write = vi.spyOn(calls, 'writeFile');
    await make(storage);
    expect(write).toHaveBeenCalledWith(expect.any(String), expect.any(String), {
      flag: 'wx',
      mode: 0o600,
      flush: true,
    });
    write.mockRestore();
  });

  test('removal: the record stays until the directory is gone', async () => {
    const { storage, basePath } = newStorage(memory);
    await make(storage);
    expect(await journeyOf(basePath, () => storage.undoDirectory(volume))).toEqual([
      `rmdir ${volume}`,
      'fsync .',
      `unlink ${ours}/volumes/${volume}.json`,
      `fsync ${ours}/volumes`,
    ]);
  });

  test('trash: the directory is there before its record follows', async () => {
    const { storage, basePath } = newStorage(memory);
    await make(storage);
    expect(await journeyOf(basePath, () => storage.trashDirectory(volume))).toEqual([
      `mkdir ${ours}/trash/${volume}`,
      `rename ${volume} ${ours}/trash/${volume}/directory`,
      `fsync ${ours}/trash/${volume}`,
      `fsync ${ours}/trash`,
      'fsync .',
      `rename ${ours}/volumes/${volume}.json ${ours}/trash/${volume}/record.json`,
      `fsync ${ours}/trash/${volume}`,
      `fsync ${ours}/volumes`,
    ]);
  });
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
      `fsync ${trash}`,
      `fsync ${ours}/trash`,
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
      expect(await next.eraseTrash(volume), `killed before ${n} of ${effects}`).toEqual({
        result: 'kept',
        forMs: hourMs,
      });
      expect(await next.listTrash()).toMatchObject([{ volume, keptUntil: afterRetention }]);
    }
  });
});
