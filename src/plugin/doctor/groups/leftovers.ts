import type { NodeStatus } from '../../../model/node-status.ts';
import { shownBytes } from '../../../model/quantity.ts';
import { finding } from '../checks.ts';
import type { Finding } from '../finding.ts';
import type { Group } from '../group.ts';
import { shellWord } from '../shell-word.ts';

/** The share of a disk from which on its trash is worth a line. */
const largeShare = 0.1;

/** Which directories lie on the nodes without a volume. */
export const leftoverGroup: Group = {
  name: 'leftovers',
  needs: ['daemons', 'statuses', 'disks'],

  look({ statuses }) {
    return [...statuses.values()].flatMap((status) => [...orphans(status), ...kept(status), ...largeTrash(status)]);
  },

  well({ statuses }) {
    const trash = [...statuses.values()].flatMap(({ baseDirectories }) => baseDirectories.map(({ trash }) => trash));
    const bytes = trash.reduce((sum, { usedBytes = 0 }) => sum + usedBytes, 0);
    return `no orphans, ${shownBytes(bytes)} in the trash`;
  },
};

const show = (command: 'orphans' | 'trash', node: string): string =>
  `kubectl hostpath-provisioner ${command} --node ${shellWord(node)}`;

function orphans({ node, baseDirectories }: NodeStatus): Finding[] {
  return baseDirectories.flatMap(({ path, orphans: count = 0 }) => {
    if (count === 0) return [];
    const text = `${path} has ${directories(count)} without a record`;
    return [finding('orphans', `node ${node}`, text, show('orphans', node))];
  });
}

const owners: Readonly<Record<string, string>> = {
  AnotherCluster: 'of another cluster',
  ClusterUnknown: 'of an unknown cluster',
  Abandoned: 'with neither claim nor volume',
};

function kept({ node, keptDirectories }: NodeStatus): Finding[] {
  return Object.entries(keptDirectories).flatMap(([reason, count]) => {
    if (count === 0) return [];
    const text = `keeps ${directories(count)} ${owners[reason] ?? ''}: ${reason}`;
    return [finding('kept-directories', `node ${node}`, text, show('orphans', node))];
  });
}

function largeTrash({ node, baseDirectories }: NodeStatus): Finding[] {
  return baseDirectories.flatMap(({ path, sizeBytes, trash: { usedBytes } }) => {
    if (sizeBytes === undefined || usedBytes === undefined || usedBytes < sizeBytes * largeShare) return [];
    const text = `the trash of ${path} takes ${shownBytes(usedBytes)} of ${shownBytes(sizeBytes)}`;
    return [finding('trash-large', `node ${node}`, text, show('trash', node))];
  });
}

const directories = (count: number): string => (count === 1 ? '1 directory' : `${count} directories`);
