import { closeSync, type StatsFs } from 'node:fs';
import { type OpenBase, openDirectory } from '../base/open-base.ts';
import { calls } from '../calls.ts';
import { taken } from '../directory/volume-directory.ts';
import { readRecord } from '../journal/journal.ts';
import type { Usage } from '../port.ts';
import { isSubvolume, readGroupBytes } from '../quota/subvolume-quotas.ts';
import type { KnownQuotas } from './known-quotas.ts';

/** `f_type` of the file systems whose statfs shows the limit of a project: XFS_SUPER_MAGIC and EXT4_SUPER_MAGIC, see statfs(2). */
const typesWithProjects: ReadonlySet<number> = new Set([0x58465342, 0xef53]);

/**
 * The number of inodes of XFS follows its free space, so two readings of the file system differ by a little. A limit makes it much
 * smaller.
 */
const sameInodes = 0.9;

/** BTRFS_SUPER_MAGIC, see statfs(2). */
const btrfsType = 0x9123683e;

/** What the quota of a volume's directory counts; undefined if none does, or if the limit is not smaller than the file system. */
export async function readQuotaUsage(
  base: OpenBase,
  volume: string,
  knownQuotas: KnownQuotas,
): Promise<Usage | undefined> {
  const whole = await base.fileSystem();
  if (whole.type === btrfsType) return readGroupUsage(base, volume, whole, knownQuotas);
  if (!typesWithProjects.has(whole.type)) return undefined;
  return quotaUsage(await statVolume(base, volume), whole, performance.now());
}

/** The kernel knows neither the volume of a quota group nor, in statfs, its limit: the record has both. */
async function readGroupUsage(
  base: OpenBase,
  volume: string,
  whole: StatsFs,
  knownQuotas: KnownQuotas,
): Promise<Usage | undefined> {
  if (!liesInSubvolume(base, volume)) return undefined;
  const quota = await knownQuotas.of(volume, async () => (await readRecord(base, volume))?.quota);
  if (quota === undefined) return undefined;
  const usedBytes = readGroupBytes(base, quota.id);
  return usedBytes === undefined ? undefined : groupUsage(usedBytes, quota.bytes, whole, performance.now());
}

/** @param whole statfs of the base directory */
export function groupUsage(usedBytes: number, limitBytes: number, whole: StatsFs, atMs: number): Usage {
  const availableBytes = Math.min(Math.max(limitBytes - usedBytes, 0), whole.bavail * whole.bsize);
  return { usedBytes, inodes: undefined, sizeBytes: limitBytes, availableBytes, atMs };
}

function liesInSubvolume(base: OpenBase, volume: string): boolean {
  const descriptor = openVolume(base, volume);
  try {
    return isSubvolume(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The numbers of the file system, as `df` in the volume's directory shows them. */
export async function statVolume(base: OpenBase, volume: string): Promise<StatsFs> {
  const descriptor = openVolume(base, volume);
  try {
    return await calls.statfs(`/proc/self/fd/${descriptor}`);
  } finally {
    closeSync(descriptor);
  }
}

function openVolume(base: OpenBase, volume: string): number {
  const descriptor = openDirectory(base.volume(volume));
  if (descriptor === undefined) throw taken(base.shown(volume), 'is not a directory');
  return descriptor;
}

/**
 * In a directory whose project has a limit, XFS and ext4 answer statfs with the limit as the size, and with what the project uses.
 *
 * @param directory statfs of the volume's directory
 * @param whole statfs of the base directory, which has no project
 */
export function quotaUsage(directory: StatsFs, whole: StatsFs, atMs: number): Usage | undefined {
  if (directory.blocks === whole.blocks) return undefined;
  const { bsize, blocks, bfree, bavail, files, ffree } = directory;
  return {
    usedBytes: (blocks - bfree) * bsize,
    inodes: files < whole.files * sameInodes ? files - ffree : undefined,
    sizeBytes: blocks * bsize,
    availableBytes: bavail * bsize,
    atMs,
  };
}
