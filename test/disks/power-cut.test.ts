import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { calls } from '../../src/disk/calls.ts';
import type { DirectoryPlace, VolumeStorage } from '../../src/disk/port.ts';
import type { VolumeRecord } from '../../src/model/volume-record.ts';
import { keptFor } from '../support/build-views.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { beforeEffects } from '../unit/disk/faults.ts';
import { anybody, eraseWhole, openStorage, recordOf, volume } from '../unit/disk/support.ts';
import { Disk, type DiskKind, diskKinds, run, workplace } from './disk.ts';
import { obstacles } from './obstacles.ts';

const ours = '.hostpath-provisioner';
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

const flows: Flow[] = [
  {
    what: 'first use',
    prepare: async () => undefined,
    steps: [(storage) => storage.inspect()],
    holds: ({ place }) => expect(place).toBe('nowhere'),
  },
  {
    what: 'provision',
    prepare: async (storage) => void (await storage.inspect()),
    steps: [make],
    holds({ place, record, directoryMode }, told) {
      if (place === 'base') expect(record).toEqual(recordOf(volume));
      if (told === 1) expect({ place, directoryMode }).toEqual({ place: 'base', directoryMode: 0o777 });
    },
  },
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
  {
    what: 'delete, to be kept in the trash',
    prepare: (storage, basePath) => makeUsed(storage, basePath, toKeep),
    steps: [(storage) => storage.trashDirectory(volume)],
    holds({ place, messages, record }, told) {
      expect(messages).not.toBe('lost');
      expect(record).toMatchObject({ retention: toKeep.retention });
      if (told === 1) expect({ place, messages }).toEqual({ place: 'trash', messages: 'trash' });
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

/** What the disk holds before each change that the steps make, and when each is over; the same only once. */
async function cuts(disk: Disk, { steps }: Flow, storage: VolumeStorage): Promise<{ copy: Disk; told: number }[]> {
  const taken: { copy: Disk; told: number; written: string }[] = [];
  let told = 0;
  const take = () => {
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

/** What was not as promised after the power came back, at each moment at which it may have gone. */
async function violations(kind: DiskKind, flow: Flow): Promise<string[]> {
  const disk = new Disk(kind, workplace()).mount();
  const storage = openStorage(disk.point);
  await flow.prepare(storage, disk.point);
  run('sync', '--file-system', disk.point);
  const taken = await cuts(disk, flow, storage);
  disk.unmount(); // two disks of the same id cannot be mounted
  const problems: string[] = [];
  for (const { copy, told } of taken) {
    copy.mount();
    const next = openStorage(copy.point);
    await next.inspect();
    const found = await find(next, copy.point);
    try {
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

describeUnless('disks', obstacles())('a power cut at any moment', () => {
  describe.each(diskKinds)('%s', (kind) => {
    test.each(flows)('keeps what was promised: $what', async (flow) => {
      expect(await violations(kind, flow)).toEqual([]);
    });

    test.each(flows.filter(({ what }) => ['provision', 'undo', 'retain'].includes(what)))(
      'would break a promise without fsync: $what',
      async (flow) => {
        const fsync = vi.spyOn(calls, 'fsync').mockResolvedValue(undefined);
        onTestFinished(() => fsync.mockRestore());
        expect(await violations(kind, flow)).not.toEqual([]);
      },
    );
  });
});
