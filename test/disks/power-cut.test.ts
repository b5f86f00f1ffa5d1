import { existsSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { calls } from '../../src/disk/calls.ts';
import type { DirectoryPlace, VolumeStorage } from '../../src/disk/port.ts';
import type { VolumeRecord } from '../../src/model/volume-record.ts';
import { keptFor, template } from '../support/build-views.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { beforeEffects } from '../unit/disk/faults.ts';
import { anybody, eraseWhole, openStorage, recordOf, volume } from '../unit/disk/support.ts';
import { Disk, type DiskKind, diskKinds, run, workplace } from './disk.ts';
import { obstacles } from './obstacles.ts';

const ours = '.hostpath-provisioner';
const neighbour = 'pvc-neighbour';
const larger = '20Gi';
const toKeep = recordOf(volume, keptFor(3_600_000));

/** What is on the disk after the power came back. */
interface Found {
  place: DirectoryPlace;
  record: VolumeRecord | undefined;
  /** Where the messages of the volume are. */
  messages: 'base' | 'trash' | 'lost';
  directoryMode: number | undefined;
}

interface Flow {
  what: string;
  /** What was there before, and is durable. */
  prepare(storage: VolumeStorage, basePath: string): Promise<void>;
  /** Each step is told to somebody when it is over. */
  steps: ((storage: VolumeStorage) => Promise<unknown>)[];
  /** @param told how many steps were over when the power went */
  holds(found: Found, told: number): void;
}

const make = (storage: VolumeStorage, record = recordOf(volume)) => storage.makeDirectory(record, anybody);

async function makeUsed(storage: VolumeStorage, basePath: string, record = recordOf(volume)): Promise<void> {
  await make(storage, record);
  writeFileSync(join(basePath, volume, 'messages'), 'precious', { flush: true });
}

const provision: Flow = {
  what: 'provision',
  prepare: async (storage) => void (await storage.inspect()),
  steps: [make],
  holds({ place, record, directoryMode }, told) {
    if (place === 'base') expect(record).toEqual(recordOf(volume));
    if (told === 1) expect({ place, directoryMode }).toEqual({ place: 'base', directoryMode: 0o777 });
  },
};

const deletion: Flow = {
  what: 'delete, to be kept in the trash',
  prepare: (storage, basePath) => makeUsed(storage, basePath, toKeep),
  steps: [(storage) => storage.trashDirectory(volume)],
  holds({ place, messages, record }, told) {
    expect(messages).not.toBe('lost');
    expect(record).toMatchObject({ retention: toKeep.retention });
    if (told === 1) expect({ place, messages }).toEqual({ place: 'trash', messages: 'trash' });
  },
};

const flows: Flow[] = [
  {
    what: 'first use',
    prepare: async () => undefined,
    steps: [(storage) => storage.inspect()],
    holds: ({ place }) => expect(place).toBe('nowhere'),
  },
  provision,
  {
    what: 'undo',
    prepare: async (storage) => void (await make(storage)),
    steps: [(storage) => storage.undoDirectory(volume)],
    holds({ place, record }, told) {
      if (place === 'base') expect(record).toEqual(recordOf(volume));
      if (told === 1) expect({ place, record }).toEqual({ place: 'nowhere', record: undefined });
    },
  },
  {
    what: 'retain',
    prepare: makeUsed,
    steps: [(storage) => storage.retainDirectory(volume)],
    holds({ messages, record }, told) {
      expect(messages).toBe('base');
      expect(record).toBeDefined();
      if (told === 1) expect(record).toMatchObject({ reclaimPolicy: 'Retain' });
    },
  },
  {
    what: 'delete',
    prepare: makeUsed,
    steps: [(storage) => storage.trashDirectory(volume), (storage) => eraseWhole(storage, volume)],
    holds({ place, record, messages }, told) {
      if (told === 0) expect(messages).not.toBe('lost');
      if (told === 0) expect(record).toEqual(recordOf(volume));
      if (told > 0) expect(place).not.toBe('base');
    },
  },
  deletion,
  {
    what: 'grow, at the same time as another volume',
    async prepare(storage, basePath) {
      await storage.makeDirectory(recordOf(neighbour, { template }), anybody);
      await makeUsed(storage, basePath, recordOf(volume, { template }));
    },
    steps: [
      (storage) =>
        Promise.all(
          [volume, neighbour].map((name) => storage.growDirectory(name, { capacity: larger, limit: undefined })),
        ),
    ],
    holds({ messages, record }, told) {
      expect(messages).toBe('base');
      expect([template.capacity, larger]).toContain(record?.template?.capacity);
      if (told === 1) expect(record).toEqual(recordOf(volume, { template: { ...template, capacity: larger } }));
    },
  },
  {
    what: 'restore',
    async prepare(storage, basePath) {
      await makeUsed(storage, basePath, toKeep);
      await storage.trashDirectory(volume);
    },
    steps: [(storage) => storage.restoreDirectory(volume)],
    holds({ messages, record }, told) {
      expect(messages).not.toBe('lost');
      if (messages === 'base') expect(record).toMatchObject({ reclaimPolicy: 'Retain' });
      if (told === 1) expect(messages).toBe('base');
    },
  },
];

async function find(storage: VolumeStorage, basePath: string): Promise<Found> {
  const holdsMessages = (directory: string) =>
    existsSync(join(directory, 'messages')) && readFileSync(join(directory, 'messages'), 'utf8') === 'precious';
  const trashed = ['directory', 'erasing'].map((name) => join(basePath, ours, 'trash', volume, name));
  const directory = join(basePath, volume);
  return {
    place: await storage.locate(volume),
    record: await storage.readRecord(volume),
    messages: holdsMessages(directory) ? 'base' : trashed.some(holdsMessages) ? 'trash' : 'lost',
    directoryMode: existsSync(directory) ? statSync(directory).mode & 0o777 : undefined,
  };
}

/**
 * What the disk holds before each change that the steps make, and when each is over; the same only once.
 * @param commitBefore the change before which the file system commits by itself, as it does from time to time
 */
async function cuts(
  disk: Disk,
  { steps }: Flow,
  storage: VolumeStorage,
  commitBefore?: number,
): Promise<{ copy: Disk; told: number }[]> {
  const taken: { copy: Disk; told: number; written: string }[] = [];
  let told = 0;
  let changes = 0;
  const take = () => {
    if (changes++ === commitBefore) commit(disk);
    const { written } = disk;
    const last = taken.at(-1);
    if (last?.written === written && last.told === told) return;
    taken.push({ copy: disk.copy(`${disk.image}-${taken.length}`), told, written });
  };
  for (const step of steps) {
    await beforeEffects(take, () => step(storage));
    told += 1;
    take();
  }
  return taken;
}

const commit = (disk: Disk) => run('sync', '--file-system', disk.point);

/** What was not as promised after the power came back, at each moment at which it may have gone. */
async function violations(kind: DiskKind, flow: Flow, commitBefore?: number): Promise<string[]> {
  const disk = new Disk(kind, workplace()).mount();
  const storage = openStorage(disk.point);
  await flow.prepare(storage, disk.point);
  commit(disk);
  const taken = await cuts(disk, flow, storage, commitBefore);
  disk.unmount(); // two disks of the same id cannot be mounted
  const problems: string[] = [];
  for (const { copy, told } of taken) {
    copy.mount();
    const next = openStorage(copy.point);
    await next.inspect();
    let found: Found | undefined;
    try {
      found = await find(next, copy.point);
      flow.holds(found, told);
      // The daemon begins again where it was.
      for (const step of flow.steps) await step(next);
      flow.holds(await find(next, copy.point), flow.steps.length);
    } catch (error) {
      problems.push(`after ${told} steps: ${JSON.stringify(found)}: ${error}`);
    }
    copy.unmount();
    copy.proveConsistent();
    rmSync(copy.image);
  }
  return problems;
}

/** The most changes that a flow makes, each of which the file system may commit before the next. */
const mostChanges = 9;

/** The first that were found. */
async function violationsWithCommits(kind: DiskKind, flow: Flow): Promise<string[]> {
  for (let n = 0; n < mostChanges; n++) {
    const problems = await violations(kind, flow, n);
    if (problems.length > 0) return [`committed before change ${n}`, ...problems];
  }
  return [];
}

/** What a provision does to be durable, and the file systems that lose something without it. */
const needed: { what: string; on: DiskKind[]; omit(originals: typeof calls): Partial<typeof calls> }[] = [
  {
    what: 'the fsync of the content of the record',
    on: diskKinds,
    omit: ({ writeFile }) => ({
      writeFile: ((path: string, text: string) => writeFile(path, text, { flag: 'wx', mode: 0o600 })) as never,
    }),
  },
  { what: 'the fsync of the journal', on: diskKinds, omit: without('fsync', '/volumes') },
  // Old versions of ext4 need it, too.
  { what: 'the change that comes before this fsync', on: ['xfs'], omit: without('fchmod', '/volumes') },
  { what: 'the fsync of the directory', on: ['btrfs'], omit: without('fsync', `/${volume}`) },
];

function without(name: 'fsync' | 'fchmod', pathEnd: string): (originals: typeof calls) => Partial<typeof calls> {
  return (originals) => ({
    [name]: async (descriptor: number, ...options: unknown[]) => {
      if (readlinkSync(`/proc/self/fd/${descriptor}`).endsWith(pathEnd)) return;
      await Reflect.apply(originals[name], calls, [descriptor, ...options]);
    },
  });
}

describeUnless('disks', obstacles())('a power cut at any moment', () => {
  describe.each(diskKinds)('%s', (kind) => {
    test.each(flows)('keeps what was promised: $what', async (flow) => {
      expect(await violations(kind, flow)).toEqual([]);
    });

    test.each([provision, deletion])(
      'keeps what was promised, whenever the disk commits meanwhile: $what',
      async (flow) => {
        expect(await violationsWithCommits(kind, flow)).toEqual([]);
      },
    );

    test.each(needed.filter(({ on }) => on.includes(kind)))(
      'would break a promise of a provision without $what',
      async ({ omit }) => {
        const originals = { ...calls };
        Object.assign(calls, omit(originals));
        onTestFinished(() => void Object.assign(calls, originals));
        expect(await violationsWithCommits(kind, provision)).not.toEqual([]);
      },
    );

    test.each(flows.filter(({ what }) => ['undo', 'retain'].includes(what)))(
      'would break a promise without fsync: $what',
      async (flow) => {
        const fsync = vi.spyOn(calls, 'fsync').mockResolvedValue(undefined);
        onTestFinished(() => fsync.mockRestore());
        expect(await violations(kind, flow)).not.toEqual([]);
      },
    );
  });
});
