import type { BaseDirectory, KnownBase } from '../port.ts';

/** The state of the base directory's path before anything is written there. */
export interface FoundBase {
  /** Undefined without a label. */
  id: string | undefined;
  mounted: boolean;
}

export type Verdict = 'usable' | 'BaseDirectoryNotMounted' | 'BaseDirectoryReplaced';

/**
 * Whether the base directory that was found may be used. The directory below an unmounted disk must not be used: its volumes
 * would be hidden when the disk is back. Without a disk, a directory that was wiped, such as one in /tmp, is used again.
 * @param known the base directories that the volumes of this node name
 * @param last the base directory that this process used last
 */
export function judgeBase(
  found: FoundBase,
  known: readonly Pick<KnownBase, 'id' | 'mounted'>[],
  last: Pick<BaseDirectory, 'id' | 'mounted'> | undefined,
): Verdict {
  if (found.id !== undefined && found.id === last?.id) return 'usable';
  if (last?.mounted && !found.mounted) return 'BaseDirectoryNotMounted';
  if (known.length === 0 || known.some(({ id }) => id === found.id)) return 'usable';
  if (found.mounted) return 'BaseDirectoryReplaced';
  return known.some(({ mounted }) => mounted) ? 'BaseDirectoryNotMounted' : 'usable';
}
