import { readFileSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Whether a file system makes all changes of names, modes and owners durable in their order, so that an fsync makes all earlier
 * changes durable. XFS has one log for all changes, and ext4 one journal, unless it was made without. btrfs keeps the order of
 * whole transactions, but its fsync writes a log of one directory.
 * @param fileSystem its type, as in /proc/self/mountinfo
 * @param device of a file on it, as in fstat
 */
export function keepsOrder(fileSystem: string | undefined, device: bigint): boolean {
  if (fileSystem === 'xfs') return true;
  return fileSystem === 'ext4' && hasJournal(device);
}

function hasJournal(device: bigint): boolean {
  try {
    const name = basename(realpathSync(`/sys/dev/block/${numbersOf(device)}`));
    return /^\d+$/.test(readFileSync(`/sys/fs/ext4/${name}/journal_task`, 'utf8').trim());
  } catch {
    return false; // what cannot be proven is not relied on
  }
}

/** Major and minor number, which Linux has in a device number as makedev(3) tells. */
function numbersOf(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  return `${major}:${minor & 0xffffffffn}`;
}
