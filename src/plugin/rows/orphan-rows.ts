import { join } from 'node:path';
import { knownFields } from '../../model/known-fields.ts';
import type { KeptInPlace } from '../../model/node-directories.ts';
import { foundIn, type Overview } from '../overview.ts';
import type { OrphanRow } from './rows.ts';

/** A row for each directory that no volume of this cluster stands for, by node and name. Those in use are left out. */
export function orphanRows({ directories }: Overview): OrphanRow[] {
  const rows = [...directories].flatMap(([node, read]) =>
    (foundIn(read)?.baseDirectories ?? []).flatMap(({ pool, path, kept, orphans }) => [
      ...orphans.map((name) => ({ node, pool, directory: name, path: join(path, name), reason: 'NoRecord' as const })),
      ...kept.flatMap((directory) => {
        const reason = reasonOf(directory);
        if (reason === undefined) return [];
        const { volume, claim, cluster } = directory;
        const owner = { namespace: claim?.namespace, claim: claim?.name, cluster };
        return knownFields<OrphanRow>({ node, pool, directory: volume, path: join(path, volume), reason, ...owner });
      }),
    ]),
  );
  return rows.sort((one, other) => one.node.localeCompare(other.node) || one.path.localeCompare(other.path));
}

/** Undefined if it is not known whether a volume of this cluster stands for the directory. */
const reasonOf = ({ reason, problem }: KeptInPlace): OrphanRow['reason'] | undefined =>
  reason ?? (problem === undefined ? undefined : 'RecordUnreadable');
