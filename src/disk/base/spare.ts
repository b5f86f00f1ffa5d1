import { calls, unlinkIfThere } from '../calls.ts';
import { spareInTheMakingName, spareName } from '../layout.ts';
import { hasCode, isNoSpace } from '../system-error.ts';
import { type OpenBase, statOf } from './open-base.ts';
import { spaceOf } from './space.ts';

/** More than a directory, a record and the entries for both take. */
const spareBytes = 1024 ** 2;

/** The spare file is made only if the file system is that many times as large, and has that many times its size free. */
const leastShare = { ofSize: 100, ofFree: 10 };

/**
 * Reserves some space and an inode for what the deletion of a volume on a full disk has to write: a note in its record, its place
 * in the trash. On a disk without room for the spare file there is none: no promise depends on it.
 */
export async function keepSpare(base: OpenBase): Promise<void> {
  if (statOf(base.state(spareName)) !== undefined) return;
  const { sizeBytes, freeBytes } = await spaceOf(base);
  if (sizeBytes < leastShare.ofSize * spareBytes || freeBytes < leastShare.ofFree * spareBytes) return;
  const inTheMaking = base.state(spareInTheMakingName);
  try {
    await calls.writeFile(inTheMaking, Buffer.alloc(spareBytes), { mode: 0o600, flush: true });
    await calls.rename(inTheMaking, base.state(spareName));
  } catch (error) {
    await unlinkIfThere(inTheMaking);
    // ENOENT: another daemon that starts at this moment put the file in place, or removed it.
    if (!isNoSpace(error) && !hasCode(error, 'ENOENT')) throw error;
  }
}

/** Runs `deed`. If the disk or a quota is full, frees the spare space and runs it again. */
export async function withSpare<Result>(base: OpenBase, deed: () => Promise<Result>): Promise<Result> {
  try {
    return await deed();
  } catch (error) {
    if (!isNoSpace(error) || statOf(base.state(spareName)) === undefined) throw error;
    await unlinkIfThere(base.state(spareName));
    // ext4 reuses freed blocks only after a commit of its journal.
    await base.syncState('.');
    return await deed();
  }
}
