import { type OpenBase, statOf } from '../base/open-base.ts';
import { trashPath } from '../layout.ts';
import type { TrashUsage, Usage } from '../port.ts';
import { statVolume } from './quota-usage.ts';
import type { UsageCounter } from './usage-counter.ts';

/** Counts a volume's directory, and reads the space that is left for it. */
export async function countVolume(
  base: OpenBase,
  volume: string,
  counter: UsageCounter,
  signal?: AbortSignal,
): Promise<Usage> {
  const count = await counter.count({ path: base.volume(volume), shown: base.shown(volume) }, signal);
  const { bsize, blocks, bavail } = await statVolume(base, volume);
  return { ...count, sizeBytes: blocks * bsize, availableBytes: bavail * bsize, atMs: performance.now() };
}

/** Counts the place of a volume in the trash. */
export async function countTrashed(
  base: OpenBase,
  volume: string,
  counter: UsageCounter,
  signal?: AbortSignal,
): Promise<TrashUsage | undefined> {
  const path = base.state(trashPath(volume));
  try {
    return await counter.count({ path, shown: base.shownState(trashPath(volume)) }, signal);
  } catch (error) {
    if (statOf(path) === undefined) return undefined;
    throw error;
  }
}
