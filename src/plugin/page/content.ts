import type { Finding } from '../doctor/finding.ts';
import { problemsIn } from '../output/problems.ts';
import { notAskedFor, type Overview, type Wanted } from '../overview.ts';
import { nodeRows } from '../rows/node-rows.ts';
import type { NodeRow, TrashRow, VolumeRow } from '../rows/rows.ts';
import { trashRows } from '../rows/trash-rows.ts';
import { volumeRows } from '../rows/volume-rows.ts';

/** What the page shows of the cluster, read at one moment. */
export interface PageContent {
  /** As `Date.now`. */
  atMs: number;
  findings: readonly Finding[];
  nodes: readonly NodeRow[];
  volumes: readonly VolumeRow[];
  trash: readonly TrashRow[];
  /** What could not be read, a statement each, by the section that lacks it. Findings have their own for that. */
  problems: Readonly<Record<'nodes' | 'volumes' | 'trash', readonly string[]>>;
}

/** What each section is about. */
const parts = {
  nodes: ['nodes', 'daemonSets', 'daemons', 'statuses'],
  volumes: ['claims', 'volumes', 'pods'],
  trash: ['daemons', 'directories'],
} as const satisfies Record<string, readonly Wanted[]>;

/** What has to be read for `contentOf`. */
export const wantedByPage: readonly Wanted[] = [...new Set(Object.values(parts).flat())];

/** What the page shows of an overview. @param findings of that overview; they name what could not be read for them */
export function contentOf(overview: Overview, findings: readonly Finding[]): PageContent {
  return {
    atMs: overview.atMs,
    findings,
    nodes: nodeRows(overview),
    volumes: volumeRows(overview),
    trash: trashRows(overview),
    problems: {
      nodes: problemsIn(only(overview, parts.nodes)),
      volumes: problemsIn(only(overview, parts.volumes)),
      trash: problemsIn(only(overview, parts.trash)),
    },
  };
}

const unasked = { problem: notAskedFor };

/** The overview as it would be if only these parts had been asked for. */
const only = (overview: Overview, wanted: readonly Wanted[]): Overview => ({
  atMs: overview.atMs,
  claims: unasked,
  volumes: unasked,
  classes: unasked,
  pods: unasked,
  nodes: unasked,
  daemonSets: unasked,
  daemons: unasked,
  events: unasked,
  statuses: new Map(),
  directories: new Map(),
  ...Object.fromEntries(wanted.map((part) => [part, overview[part]])),
});
