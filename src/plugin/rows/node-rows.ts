import { knownFields } from '../../model/known-fields.ts';
import type { BaseDirectoryStatus, NodeStatus } from '../../model/node-status.ts';
import { quantityBytes } from '../../model/quantity.ts';
import { type Volume, volumeOf } from '../../model/volume.ts';
import { type Daemon, foundIn, type NodeObject, type Overview } from '../overview.ts';
import { nodeOf } from './node-of.ts';
import type { NodeRow } from './rows.ts';

/** A row for each base directory of each node, by name. A node on which no daemon belongs has none, unless it has volumes. */
export function nodeRows(overview: Overview): NodeRow[] {
  const nodes = new Map(foundIn(overview.nodes)?.map((node) => [node.metadata?.name ?? '', node]));
  const daemons = new Map(foundIn(overview.daemons)?.map((daemon) => [daemon.node, daemon]));
  const volumes = volumesByNode(overview);
  const expected = [...nodes.values()].filter(belongs(overview)).map(({ metadata }) => metadata?.name ?? '');
  const names = [...new Set([...expected, ...daemons.keys(), ...(volumes?.keys() ?? [])])].sort();
  return names.flatMap((node) => {
    const health = healthOf(nodes.get(node), daemons.get(node), 'found' in overview.daemons);
    const status = foundIn(overview.statuses.get(node));
    return status === undefined
      ? [withoutStatus(node, health, volumes && (volumes.get(node) ?? []))]
      : status.baseDirectories.map((base, index) => ofBaseDirectory(status, base, health, index === 0));
  });
}

/** The kept directories of a node are counted together: the row of its first base directory has them. */
function ofBaseDirectory(status: NodeStatus, base: BaseDirectoryStatus, health: string, isFirst: boolean): NodeRow {
  const volumes = status.volumes.filter(({ pool }) => pool === base.pool);
  const kept = Object.values(status.keptDirectories).reduce((sum, count) => sum + count, 0);
  return knownFields<NodeRow>({
    node: status.node,
    status: health === 'Ready' && !base.usable ? (base.reason ?? 'NotReady') : health,
    pool: base.pool,
    baseDirectory: base.path,
    fileSystem: base.fileSystem,
    sizeBytes: base.sizeBytes,
    freeBytes: base.freeBytes,
    volumes: volumes.length,
    requestedBytes: sumOf(volumes.map(({ capacityBytes }) => capacityBytes)),
    trashBytes: base.trash.usedBytes,
    orphans: base.orphans,
    kept: isFirst ? kept : undefined,
    version: status.version,
  });
}

function withoutStatus(node: string, health: string, volumes: Volume[] | undefined): NodeRow {
  return knownFields<NodeRow>({
    node,
    status: health,
    volumes: volumes?.length,
    requestedBytes: volumes && sumOf(volumes.map(({ capacity }) => quantityBytes(capacity ?? '') ?? 0)),
  });
}

function healthOf(node: NodeObject | undefined, daemon: Daemon | undefined, daemonsAreKnown: boolean): string {
  const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready !== undefined && ready.status !== 'True') return 'NotReady';
  if (daemon === undefined) return daemonsAreKnown ? 'NoDaemon' : 'Unknown';
  return daemon.ready ? 'Ready' : 'NotReady';
}

/** Whether a DaemonSet of the daemons selects the node. Without one that can be read, every node counts. */
function belongs({ daemonSets }: Overview): (node: NodeObject) => boolean {
  const selectors = foundIn(daemonSets)?.map(({ spec }) => spec?.template?.spec?.nodeSelector ?? {}) ?? [];
  if (selectors.length === 0) return () => true;
  return ({ metadata }) =>
    selectors.some((selector) =>
      Object.entries(selector).every(([label, value]) => metadata?.labels?.[label] === value),
    );
}

/** Undefined if volumes cannot be read. */
function volumesByNode({ volumes }: Overview): Map<string, Volume[]> | undefined {
  const found = foundIn(volumes)?.map(volumeOf);
  return found && Map.groupBy(found, (volume) => nodeOf(volume) ?? '');
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);
