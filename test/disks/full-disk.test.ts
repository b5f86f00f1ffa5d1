import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { VolumeStorage } from '../../src/disk/port.ts';
import { keptFor } from '../support/build-views.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { anybody, eraseWhole, openStorage, recordOf } from '../unit/disk/support.ts';
import { Disk, type DiskKind, type DiskOptions, run, workplace } from './disk.ts';
import { obstacles } from './obstacles.ts';

interface Case extends DiskOptions {
  what: string;
  kind: DiskKind;
  /** Who fills it; root where it is not said. */
  uid?: number;
  /** Quota of the base directory. */
  quotaMiB?: number;
  /** Whether names can still be made. */
  hasRoom?: true;
}

const cases: Case[] = [
  { what: 'ext4 without blocks kept for root', kind: 'ext4' },
  { what: 'ext4 without an inode', kind: 'ext4', make: ['-N', '128'] },
  { what: 'XFS, filled by a tenant', kind: 'xfs', uid: 1001 },
  { what: 'XFS, filled by root', kind: 'xfs' },
  { what: 'btrfs, which has metadata apart', kind: 'btrfs', hasRoom: true },
  { what: 'btrfs with data and metadata in one', kind: 'btrfs', make: ['--mixed'] },
  { what: 'btrfs with a quota of the base directory', kind: 'btrfs', quotaMiB: 20 },
];

const nameOf = (index: number) => `pvc-5e0c7d0a-0000-4000-8000-${String(index).padStart(12, '0')}`;
const volumes = Array.from({ length: 20 }, (_, index) => nameOf(index));
const [filled = '', ...small] = volumes;
const hourMs = 3_600_000;

/** A disk with volumes of which one has taken all space, as in a cluster that logs too much. */
async function fullDisk({ uid = 0, quotaMiB, kind, ...options }: Case, record = recordOf) {
  const disk = new Disk(kind, workplace(), options).mount();
  const basePath = join(disk.point, 'base');
  if (quotaMiB === undefined) mkdirSync(basePath);
  else {
    run('btrfs', 'quota', 'enable', disk.point);
    run('btrfs', 'subvolume', 'create', basePath);
    run('btrfs', 'qgroup', 'limit', `${quotaMiB}M`, basePath);
  }
  const storage = openStorage(basePath);
  for (const volume of volumes) {
    const { path } = await storage.makeDirectory(record(volume), anybody);
    mkdirSync(join(path, 'topic'));
    writeFileSync(join(path, 'topic', 'log'), 'messages');
  }
  const path = join(basePath, filled);
  chownSync(path, uid, uid);
  run('setpriv', `--reuid=${uid}`, '--clear-groups', process.execPath, fillProgram, path);
  return { storage, basePath, disk };
}

/** Another directory in the trash, which a volume needs on its way. */
const hasRoom = (basePath: string): boolean =>
  spawnSync('mkdir', [join(basePath, '.hostpath-provisioner', 'trash', 'one-more')]).status === 0;

const fillProgram = join(import.meta.dirname, 'fill.ts');

async function remove(storage: VolumeStorage, volume: string): Promise<void> {
  await storage.trashDirectory(volume);
  expect(await eraseWhole(storage, volume)).toMatchObject({ result: 'erased' });
  expect(await storage.locate(volume)).toBe('nowhere');
}

describeUnless('disks', obstacles())('a full disk', () => {
  test.each(cases)('deleting frees space: $what', async (full) => {
    const { storage, basePath } = await fullDisk(full);
    expect(hasRoom(basePath)).toBe(full.hasRoom ?? false);
    for (const volume of small) await remove(storage, volume);
    await remove(storage, filled);
    expect(await storage.listRecords()).toEqual([]);
    const { path } = await storage.makeDirectory(recordOf(nameOf(99)), anybody);
    writeFileSync(join(path, 'data'), Buffer.alloc(1024 ** 2));
  });

  test.each(cases.slice(0, 3))('deleting ends although a tenant takes what becomes free: $what', async (full) => {
    const { storage, basePath } = await fullDisk(full);
    const [taker = '', ...others] = small;
    const tenant = spawn(process.execPath, [fillProgram, join(basePath, taker), 'greedy'], { stdio: 'ignore' });
    try {
      for (const volume of others) await remove(storage, volume);
    } finally {
      const ended = once(tenant, 'exit');
      tenant.kill('SIGKILL');
      await ended;
    }
    expect(await storage.listRecords()).toEqual([filled, taker]);
  });

  test.each(cases.filter(({ kind, quotaMiB }) => kind !== 'btrfs' && quotaMiB === undefined))(
    'what is to be kept goes to the trash by the space that is spared, and is restored from there: $what',
    async (full) => {
      const kept = (volume: string) => recordOf(volume, keptFor(hourMs));
      const { storage, basePath } = await fullDisk({ ...full, sizeMiB: 300 }, kept);
      expect(hasRoom(basePath)).toBe(false);
      const [first = ''] = small;
      await storage.trashDirectory(first);
      expect(await storage.readTrash(first)).toMatchObject({ canBeRestored: true });
      expect(await storage.readRecord(first)).toMatchObject({ trashedAt: expect.any(String) });
      const { path } = await storage.restoreDirectory(first);
      expect(readFileSync(join(path, 'topic', 'log'), 'utf8')).toBe('messages');
    },
  );
});
