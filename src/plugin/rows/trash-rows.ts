import { knownFields } from '../../model/known-fields.ts';
import type { NodeDirectories } from '../../model/node-directories.ts';
import type { NodeStatus } from '../../model/node-status.ts';
import { foundIn, type Overview } from '../overview.ts';
import type { TrashRow } from './rows.ts';

/**
 * A row for each deleted volume that can be restored or is being erased, the latest deletion first. Whoever may not read the
 * directories of a node sees what its status tells: names and sizes.
 */
export function trashRows({ directories, statuses }: Overview): TrashRow[] {
  const nodes = [...new Set([...directories.keys(), ...statuses.keys()])];
  const rows = nodes.flatMap((node) => {
    const status = foundIn(statuses.get(node));
    const found = foundIn(directories.get(node));
    return found === undefined ? byStatus(node, status) : byDirectories(node, found, status);
  });
  return rows.sort((one, other) => (other.removedAt ?? '').localeCompare(one.removedAt ?? ''));
}

function byDirectories(node: string, { baseDirectories }: NodeDirectories, status: NodeStatus | undefined): TrashRow[] {
  const sizes = new Map(byStatus(node, status).map(({ pool, volume, usedBytes }) => [`${pool}/${volume}`, usedBytes]));
  return baseDirectories.flatMap(({ pool, trash }) =>
    trash.map(({ volume, claim, class: className, removedAt, keptUntil, problem }) =>
      knownFields<TrashRow>({
        node,
        volume,
        pool,
        namespace: claim?.namespace,
        claim: claim?.name,
        class: className,
        usedBytes: sizes.get(`${pool}/${volume}`),
        removedAt,
        keptUntil,
        problem,
      }),
    ),
  );
}

const byStatus = (node: string, status: NodeStatus | undefined): TrashRow[] =>
  (status?.baseDirectories ?? []).flatMap(({ pool, trash }) =>
    trash.volumes.map(({ volume, usedBytes }) => knownFields<TrashRow>({ node, volume, pool, usedBytes })),
  );
