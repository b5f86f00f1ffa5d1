import type { Overview, Wanted } from '../overview.ts';
import { type Facts, factsOf } from './facts.ts';
import type { Finding } from './finding.ts';
import type { Group, Need } from './group.ts';
import { baseDirectoryGroup } from './groups/base-directories.ts';
import { claimGroup } from './groups/claims.ts';
import { classGroup } from './groups/classes.ts';
import { daemonGroup } from './groups/daemons.ts';
import { leftoverGroup } from './groups/leftovers.ts';
import { rightGroup } from './groups/rights.ts';
import { volumeGroup } from './groups/volumes.ts';
import { unreadFinding, unreadIn } from './unread.ts';

/** In the order in which they are shown. */
const groups: readonly Group[] = [
  daemonGroup,
  baseDirectoryGroup,
  claimGroup,
  volumeGroup,
  leftoverGroup,
  classGroup,
  rightGroup,
];

/** What has to be read for `findings`. */
export const wantedByDoctor: readonly Wanted[] = [
  ...new Set(groups.flatMap(({ needs }) => needs.filter((need) => need !== 'disks'))),
  'others',
];

/**
 * What is wrong, group by group, with the worst first in each. A group in which nothing is wrong has one finding of level OK,
 * unless a check of it could not look. The texts have names and messages as the cluster has them.
 * @param nowMs as `Date.now`
 * @param pluginVersion version of the plugin that asks; undefined leaves it out of the checks
 */
export function findings(overview: Overview, nowMs: number, pluginVersion?: string): Finding[] {
  const facts = factsOf(overview, nowMs, pluginVersion);
  const unread = unreadIn(overview);
  const missing = new Set(unread.flatMap(({ needs }) => needs));
  const ofUnread = unread.map((each) =>
    unreadFinding(
      each,
      groups.filter((group) => group.needs.some((need) => each.needs.includes(need))),
      facts,
    ),
  );
  return [...groups.flatMap((group) => ofGroup(group, facts, missing)), ...ofUnread];
}

function ofGroup(group: Group, facts: Facts, missing: ReadonlySet<Need>): Finding[] {
  const found = group.look(facts);
  const failed = ({ level }: Finding): number => Number(level === 'FAIL');
  if (found.length > 0) return found.toSorted((one, other) => failed(other) - failed(one));
  if (group.needs.some((need) => missing.has(need))) return [];
  return [{ level: 'OK', check: group.name.replaceAll(' ', '-'), subject: group.name, text: group.well(facts) }];
}
