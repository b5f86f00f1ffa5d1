import { calls, unlinkIfThere } from '../calls.ts';
import { spareInTheMakingName, spareName } from '../layout.ts';
import { hasCode, isNoSpace } from '../system-error.ts';
import { look, type OpenBase } from './open-base.ts';
import { spaceOf } from './space.ts';

/** A directory, a record and the entries for both take less. */
const spareBytes = 1024 ** 2;

/** The spare space is kept only on a file system that is so many times as large, with as many times that much free. */
const leastShare = { ofSize: 100, ofFree: 10 };

/**
 * Keeps some space and an inode for what has to be written when a volume goes from a full disk: a note in its record, its
 * place in the trash. Without space for it there is none, and nothing depends on it.
 */
export async function keepSpare(base: OpenBase): Promise<void> {
  if (look(base.state(spareName)) !== undefined) return;
  const { sizeBytes, freeBytes } = await spaceOf(base);
  if (sizeBytes < leastShare.ofSize * spareBytes || freeBytes < leastShare.ofFree * spareBytes) return;
  const inTheMaking = base.state(spareInTheMakingName);
  try {
    await calls.writeFile(inTheMaking, Buffer.alloc(spareBytes), { mode: 0o600, flush: true });
    await calls.rename(inTheMaking, base.state(spareName));
  } catch (error) {
    await unlinkIfThere(inTheMaking);
    // ENOENT: another daemon that starts at this moment put it in place, or swept it away.
    if (!isNoSpace(error) && !hasCode(error, 'ENOENT')) throw error;
  }
}

/** Does it, and once more with the spare space given up where the disk or a quota is full. It may be done twice. */
export async function withSpare<Result>(base: OpenBase, deed: () => Promise<Result>): Promise<Result> {
  try {
    return await deed();
  } catch (error) {
    if (!isNoSpace(error) || look(base.state(spareName)) === undefined) throw error;
    await unlinkIfThere(base.state(spareName));
    // ext4 gives freed blocks out again only when its journal is written.
    await base.syncState('.');
    return await deed();
  }
}
