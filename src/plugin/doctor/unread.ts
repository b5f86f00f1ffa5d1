import type { NodeStatus } from '../../model/node-status.ts';
import { foundIn, type Overview, type Read } from '../overview.ts';
import { finding } from './checks.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import type { Group, Need } from './group.ts';
import { showDaemons } from './mending.ts';
import { shellWord } from './shell-word.ts';

/** What a user needs the right to read, by the words of `kubectl auth can-i`. */
const rights: Readonly<Record<Exclude<Need, 'disks'>, string>> = {
  claims: 'list persistentvolumeclaims -A',
  volumes: 'list persistentvolumes',
  classes: 'list storageclasses',
  nodes: 'list nodes',
  daemonSets: 'list daemonsets',
  daemons: 'list pods',
  events: 'list events -A',
  statuses: 'get pods/proxy',
};

/** What each part is called. */
const shownParts: Readonly<Record<Need, string>> = {
  claims: 'claims',
  volumes: 'volumes',
  classes: 'classes',
  nodes: 'nodes',
  daemonSets: 'DaemonSets',
  daemons: 'pods of the daemons',
  events: 'Events',
  statuses: 'daemons',
  disks: 'base directories',
};

interface Unread {
  /** The parts that share the problem. */
  needs: readonly Need[];
  problem: string;
  /** The nodes whose daemons did not answer; empty for other parts. */
  nodes: readonly string[];
}

/** What could not be read, each problem once. */
export function unreadIn(overview: Overview): Unread[] {
  const { statuses, daemons } = overview;
  const parts = ['claims', 'volumes', 'classes', 'nodes', 'daemonSets', 'daemons', 'events'] as const;
  const ofParts = parts.flatMap((need) => problemOf(need, overview[need]));
  const ofNodes = [...statuses].flatMap(([node, read]) => problemOf(node, read));
  const ofDisks = [...statuses].flatMap(([node, read]) => unusableOn(node, foundIn(read)));
  const nobodyToAsk: Unread[] = 'found' in daemons && daemons.found.length === 0 ? [noDaemon] : [];
  const grouped = <Of>(problems: Problem<Of>[], as: (of: Of[]) => Pick<Unread, 'needs' | 'nodes'>): Unread[] =>
    [...Map.groupBy(problems, ({ problem }) => problem)].map(([problem, all]) => ({
      problem,
      ...as(all.map(({ of }) => of)),
    }));
  return [
    ...grouped(ofParts, (needs) => ({ needs, nodes: [] })),
    ...grouped(ofNodes, (nodes) => ({ needs: ['statuses'], nodes })),
    ...grouped(ofDisks, (nodes) => ({ needs: ['disks'], nodes })),
    ...nobodyToAsk,
  ];
}

const noDaemon: Unread = { needs: ['statuses'], problem: 'no daemon runs', nodes: [] };

interface Problem<Of> {
  of: Of;
  problem: string;
}

const unusableOn = (node: string, status: NodeStatus | undefined): Problem<string>[] =>
  (status?.baseDirectories ?? [])
    .filter(({ usable }) => !usable)
    .map(({ path }) => ({ of: node, problem: `${path} cannot be used` }));

const problemOf = <Of>(of: Of, read: Read<unknown>): Problem<Of>[] =>
  'problem' in read ? [{ of, problem: read.problem }] : [];

/** @param groups those that could not look because of it */
export function unreadFinding({ needs, problem, nodes }: Unread, groups: readonly Group[], facts: Facts): Finding {
  const [node, ...more] = nodes;
  const ofNode = node === undefined ? undefined : more.length === 0 ? `node ${node}` : 'nodes';
  const subject = ofNode ?? needs.map((need) => shownParts[need]).join(', ');
  const where = more.length === 0 ? '' : ` on ${nodes.length} nodes, such as ${node}`;
  const text = `${groups.map(({ name }) => name).join(', ')} could not be checked${where}: ${problem}`;
  return finding('unread', subject, text, commandFor({ needs, problem, nodes }, facts));
}

const inNamespace: ReadonlySet<Need> = new Set(['daemonSets', 'daemons', 'statuses']);

/** A missing right is shown, as who lacks it cannot grant it. */
function commandFor({ needs: [need], problem, nodes: [node = ''] }: Unread, facts: Facts): string {
  const { namespace } = facts.installation;
  if (need === undefined) return checkApiServer;
  if (need === 'disks') return `kubectl describe node ${shellWord(node)}`;
  if (/\bright\b/.test(problem)) {
    return `kubectl auth can-i ${rights[need]}${inNamespace.has(need) ? ` -n ${shellWord(namespace)}` : ''}`;
  }
  return need === 'statuses' ? showDaemons(facts) : checkApiServer;
}

const checkApiServer = "kubectl get --raw '/readyz?verbose'";
