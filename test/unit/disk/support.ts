import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeSync } from 'fs-extra/esm';
import { onTestFinished } from 'vitest';
import type { GuardOptions } from '../../../src/disk/base/guard.ts';
import { parseMounts } from '../../../src/disk/base/mount.ts';
import { openVolumeStorage } from '../../../src/disk/file-system-storage.ts';
import { type Erasure, StorageError, type StorageReason, type VolumeStorage } from '../../../src/disk/port.ts';
import type { VolumeRecord } from '../../../src/model/volume-record.ts';
import { decideTrash } from '../../../src/trash/decide.ts';

/** Mounts, other owners and immutable files need root; tests of them are skipped, and counted, without it. */
export const isRoot = process.geteuid?.() === 0;

export const volume = 'pvc-5e0c7d0a-0000-4000-8000-000000000001';

export const anybody = { mode: 0o777, owner: undefined };

export function recordOf(name: string, changes: Partial<VolumeRecord> = {}): VolumeRecord {
  return {
    version: 1,
    volume: name,
    claim: { namespace: 'default', name: 'data-kafka-0', uid: name.slice('pvc-'.length) },
    class: 'example-hostpath',
    node: 'node-1',
    reclaimPolicy: 'Delete',
    createdAt: '2026-11-22T21:00:00.000Z',
    ...changes,
  };
}

/** An empty directory that is gone after the test, with all that the test mounted in it. */
export function temporaryDirectory(parent = tmpdir()): string {
  const path = realpathSync(mkdtempSync(join(parent, 'volume-storage-')));
  onTestFinished(() => {
    if (isRoot) unmountBelow(path);
    removeSync(path);
  });
  return path;
}

function unmountBelow(path: string): void {
  const points = parseMounts(readFileSync('/proc/self/mountinfo', 'utf8')).map(({ point }) => point);
  for (const point of points.filter((point) => `${point}/`.startsWith(`${path}/`)).reverse()) {
    execFileSync('umount', ['--lazy', point]);
  }
}

export function mount(...options: string[]): void {
  execFileSync('mount', options);
}

/** The turn of a walk that nobody waits for. */
export const neverOver = (): boolean => false;

/** Erases in as many turns as that takes on a busy machine. */
export async function eraseWhole(storage: VolumeStorage, name: string): Promise<Erasure> {
  let entries = 0;
  for (;;) {
    const erasure = await storage.eraseTrash(name);
    entries += erasure.entries;
    if (erasure.result !== 'unfinished') return { ...erasure, entries };
  }
}

/** Erases once the retention is over, as the trash flow decides; before, says how long it still is, in milliseconds. */
export async function eraseWhenOver(storage: VolumeStorage, name: string): Promise<Erasure | { keptForMs: number }> {
  const trashed = await storage.readTrash(name);
  const decision = decideTrash({ volume: name, trashed, isBoundAgain: false, nowMs: Date.now() });
  return decision.action === 'wait' ? { keptForMs: decision.afterMs } : storage.eraseTrash(name);
}

/** A storage for this node, with no volume in the cluster unless told otherwise. */
export function openStorage(basePath: string, options: Partial<GuardOptions> = {}): VolumeStorage {
  const storage = openVolumeStorage({ basePath, nodeName: 'node-1', knownBases: () => [], ...options });
  onTestFinished(() => storage.close());
  return storage;
}

/** A storage on an empty base directory, beside a decoy that nothing may touch. */
export function newStorage(where = tmpdir()): { storage: VolumeStorage; basePath: string; decoyPath: string } {
  const parent = temporaryDirectory(where);
  const basePath = join(parent, 'base');
  const decoyPath = join(parent, 'decoy');
  mkdirSync(basePath);
  mkdirSync(decoyPath);
  return { storage: openStorage(basePath), basePath, decoyPath };
}

/** Everything below a directory: path, type, mode, and content. Two equal trees mean that nothing was changed. */
export function treeOf(path: string): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()) {
    const stats = lstatSync(join(path, name));
    const content = stats.isFile()
      ? readFileSync(join(path, name), 'latin1')
      : stats.isSymbolicLink()
        ? readlinkSync(join(path, name))
        : '';
    tree[name] = `${stats.mode.toString(8)} ${content}`;
  }
  return tree;
}

/** The refusal that an operation ends with; it must be one in our own words. */
export async function refusalOf(operation: Promise<unknown>): Promise<StorageError> {
  const error = await operation.then(
    (value) => new Error(`it succeeded with ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (error instanceof StorageError) return error;
  throw error;
}

export async function reasonOf(operation: Promise<unknown>): Promise<StorageReason> {
  return (await refusalOf(operation)).reason;
}
