import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

/** What checks need: parts of the overview, and base directories that can be used. Claims and classes are those of others, too. */
export type Need =
  | 'claims'
  | 'volumes'
  | 'classes'
  | 'nodes'
  | 'daemonSets'
  | 'daemons'
  | 'events'
  | 'statuses'
  | 'disks';

/** Checks that are shown together, and that have one line if none of them finds anything. */
export interface Group {
  name: string;
  /** Without each of these, some check of the group cannot look. */
  needs: readonly Need[];
  /** What is wrong. What could not be read yields no finding here (`unread.ts`). */
  look(facts: Facts): Finding[];
  /** The text of its line if nothing is wrong and everything could be read. */
  well(facts: Facts): string;
}
