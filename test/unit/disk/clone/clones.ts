import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clonePath, erasingPath, stateName } from '../../../../src/disk/layout.ts';
import type { Cloning, VolumeStorage } from '../../../../src/disk/port.ts';
import { memory } from '../../../support/memory.ts';
import { anybody, newStorage, recordOf, treeOf, volume } from '../support.ts';

export const other = 'pvc-5e0c7d0a-0000-4000-8000-000000000002';
export const record = recordOf(other, { source: volume });
const keepOwner = { ...anybody, source: volume };

export const clone = (storage: VolumeStorage, options = {}) =>
  storage.cloneDirectory(record, { ...keepOwner, ...options });

/** Asks until the copy is whole. The first failure ends that. */
export async function cloneWhole(storage: VolumeStorage, options = {}): Promise<Cloning> {
  for (;;) {
    const cloning = await clone(storage, options);
    if (cloning.state === 'done') return cloning;
    await sleep(5);
  }
}

/** A volume with some content, and where copies grow. */
export async function newSource() {
  const { storage, basePath } = newStorage(memory);
  const { path } = await storage.makeDirectory(recordOf(volume), anybody);
  mkdirSync(join(path, 'topic-0'));
  writeFileSync(join(path, 'topic-0', '0.log'), 'messages');
  const ours = (place: string) => join(basePath, stateName, place);
  return { storage, basePath, path, unfinished: ours(clonePath(other)), discarded: ours(erasingPath(other)) };
}

/** All but what differs from run to run. */
export function stateOf(basePath: string): Record<string, string> {
  const { [`${stateName}/spare`]: _, [`${stateName}/base.json`]: __, ...state } = treeOf(basePath);
  return state;
}
