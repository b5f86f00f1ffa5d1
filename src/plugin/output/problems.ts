import { notAskedFor, type Overview, type Read } from '../overview.ts';

/** Most names in one line. */
const mostNames = 3;

const words = {
  claims: 'claims',
  volumes: 'volumes',
  classes: 'classes',
  pods: 'pods',
  nodes: 'nodes',
  daemonSets: 'the DaemonSet',
  daemons: 'the daemons',
  events: 'Events',
} as const;

/** What could not be read, a line for each cause. */
export function problemsIn(overview: Overview): string[] {
  const parts = Object.entries(words).flatMap(([part, shown]) => {
    const read: Read<unknown> = overview[part as keyof typeof words];
    return 'problem' in read && read.problem !== notAskedFor ? [`cannot read ${shown}: ${read.problem}`] : [];
  });
  return [
    ...parts,
    ...byCause('usage', overview.statuses),
    ...byCause('directories', overview.directories),
    ...partly(overview),
  ];
}

/** A cause that several nodes share makes one line. */
function byCause(what: string, reads: ReadonlyMap<string, Read<unknown>>): string[] {
  const problems = [...reads].flatMap(([node, read]) => ('problem' in read ? [{ node, problem: read.problem }] : []));
  const groups = Map.groupBy(problems, ({ problem }) => problem);
  return [...groups].map(
    ([problem, nodes]) => `cannot read ${what} of ${namesOf(nodes.map(({ node }) => node))}: ${problem}`,
  );
}

/** What the command in the daemon's pod could not read itself. */
function partly({ directories }: Overview): string[] {
  return [...directories].flatMap(([node, read]) => {
    if ('problem' in read) return [];
    return read.found.baseDirectories.flatMap(({ path, problem, useUnknown }) => [
      ...(problem === undefined ? [] : [`cannot read ${path} of node ${node}: ${problem}`]),
      ...(useUnknown === undefined ? [] : [`cannot tell which directories of node ${node} are in use: ${useUnknown}`]),
    ]);
  });
}

function namesOf(nodes: readonly string[]): string {
  const shown = nodes.toSorted().slice(0, mostNames).join(', ');
  const more = nodes.length - mostNames;
  return `${nodes.length === 1 ? 'node' : 'nodes'} ${shown}${more > 0 ? ` and ${more} more` : ''}`;
}
