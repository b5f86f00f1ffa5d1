import type { BaseDirectory, KnownBase } from '../port.ts';

/** What lies at the base directory's path, before anything is written there. */
export interface FoundBase {
  /** Undefined when it has no label. */
  id: string | undefined;
  mounted: boolean;
}

export type Verdict = 'usable' | 'BaseDirectoryNotMounted' | 'BaseDirectoryReplaced';

/**
 * Whether what was found may be used, by what the volumes of this node tell of where they lie. A disk that is away must not
 * be replaced in silence: volumes made in the directory beneath it would be hidden once it is back. Without any disk there
 * is nothing to wait for, so a directory that was wiped, such as one in /tmp, is used anew.
 * @param known the base directories that volumes of this node lie in; none at first use
 * @param last the one that this process used last
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
