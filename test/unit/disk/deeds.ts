import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import type { VolumeStorage } from '../../../src/disk/port.ts';
import { keptFor } from '../../support/build-views.ts';
import { memory } from '../../support/memory.ts';
import { crashBefore, effectsOf } from './faults.ts';
import { newStorage, recordOf, treeOf, volume } from './support.ts';

export const options = { mode: 0o2770, owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 } };
export const make = (storage: VolumeStorage) => storage.makeDirectory(recordOf(volume), options);

export const hourMs = 3_600_000;
export const keptRecord = recordOf(volume, { ...keptFor(hourMs) });
export const removedAt = new Date('2026-11-23T08:00:00.000Z');
export const afterRetention = new Date(removedAt.getTime() + hourMs);

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: removedAt }));
afterEach(() => void vi.useRealTimers());

/** The record after a restore into another cluster. */
export const takenOver = { ...keptRecord, cluster: 'cluster-b', reclaimPolicy: 'Retain' } as const;

/** Effects of `restoreDirectory` before the record is removed from the trash. */
const beforeTrashIsCleared = 6;

/** A volume that is to be kept when it is removed, with something in it. */
export async function makeKept(storage: VolumeStorage, basePath: string) {
  await storage.makeDirectory(keptRecord, options);
  writeFileSync(join(basePath, volume, 'data'), 'messages');
}

export async function trashKept(storage: VolumeStorage, basePath: string) {
  await makeKept(storage, basePath);
  await storage.trashDirectory(volume);
}

export interface Scenario {
  deed: string;
  prepare(storage: VolumeStorage, basePath: string): Promise<unknown>;
  run(storage: VolumeStorage): Promise<unknown>;
  /** What becomes of the volume when an effect finds no space and the deed succeeds all the same. */
  onFullDisk?: 'whole' | 'mayBeErased';
}

export const scenarios: Scenario[] = [
  { deed: 'first use', prepare: async () => undefined, run: (storage) => storage.inspect(), onFullDisk: 'whole' },
  { deed: 'makeDirectory', prepare: (storage) => storage.inspect(), run: make },
  { deed: 'undoDirectory', prepare: make, run: (storage) => storage.undoDirectory(volume) },
  { deed: 'retainDirectory', prepare: make, run: (storage) => storage.retainDirectory(volume), onFullDisk: 'whole' },
  {
    deed: 'trashDirectory',
    prepare: async (storage, basePath) => {
      await make(storage);
      mkdirSync(join(basePath, volume, 'topic-0'));
      writeFileSync(join(basePath, volume, 'topic-0', '0.log'), 'messages');
    },
    run: (storage) => storage.trashDirectory(volume),
    onFullDisk: 'mayBeErased',
  },
  { deed: 'takeOver', prepare: makeKept, run: (storage) => storage.takeOver(takenOver), onFullDisk: 'whole' },
  {
    deed: 'takeOver of what was restored in part',
    prepare: async (storage, basePath) => {
      await trashKept(storage, basePath);
      await crashBefore(beforeTrashIsCleared, () => storage.restoreDirectory(volume));
    },
    run: (storage) => storage.takeOver(takenOver),
    onFullDisk: 'whole',
  },
  {
    deed: 'trashDirectory of a lost directory',
    prepare: async (storage) => {
      await storage.inspect();
      await crashBefore(2, () => make(storage));
    },
    run: (storage) => storage.trashDirectory(volume),
    onFullDisk: 'mayBeErased',
  },
  {
    deed: 'trashDirectory of a volume that is to be kept',
    prepare: makeKept,
    run: (storage) => storage.trashDirectory(volume),
    onFullDisk: 'whole',
  },
  {
    deed: 'restoreDirectory',
    prepare: trashKept,
    run: (storage) => storage.restoreDirectory(volume),
    onFullDisk: 'whole',
  },
];

/** What lies in the base directory, but for what differs from run to run. */
export function stateOf(basePath: string): Record<string, string> {
  const tree = treeOf(basePath);
  for (const path of Object.keys(tree)) if (path.endsWith('/base.json')) tree[path] = 'label';
  delete tree['.hostpath-provisioner/spare'];
  return tree;
}

export async function prepared({ prepare }: Scenario) {
  const { storage, basePath } = newStorage(memory);
  await prepare(storage, basePath);
  return { storage, basePath };
}

/** What the deed does when nothing goes wrong: its effects, and the state that every other way must lead to. */
export async function reference(scenario: Scenario) {
  const { storage, basePath } = await prepared(scenario);
  const effects = await effectsOf(() => scenario.run(storage));
  return { effects, state: stateOf(basePath) };
}
