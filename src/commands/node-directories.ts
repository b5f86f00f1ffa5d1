import { StorageError, type TrashEntry } from '../disk/port.ts';
import type { BaseDirectoryContent, DirectoryOwner, KeptInPlace, TrashedDirectory } from '../model/node-directories.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import type { KeptDirectory } from '../restore/list-kept.ts';

/** What there is in a base directory that no volume stands for. */
export interface FoundDirectories {
  trash: readonly TrashEntry[];
  inPlace: readonly KeptDirectory[];
  /** UID of namespace kube-system; undefined if the API server could not be asked. */
  cluster: string | undefined;
  /** Why the API server cannot tell which directories are in use; all of them are listed then. */
  unknownUse: string | undefined;
  orphans: string[];
}

/** A base directory in the document that `trash --output json` prints. */
export function contentOf(
  { pool, path }: { pool: string; path: string },
  found: FoundDirectories | { problem: string },
): BaseDirectoryContent {
  if ('problem' in found) return { pool, path, problem: found.problem, trash: [], kept: [], orphans: [] };
  const { trash, inPlace, unknownUse, orphans } = found;
  return {
    pool,
    path,
    trash: trash.map(trashedDirectory),
    kept: inPlace.map(keptInPlace),
    ...(unknownUse !== undefined && { useUnknown: unknownUse }),
    orphans,
  };
}

function trashedDirectory({ volume, record, keptUntil }: TrashEntry): TrashedDirectory {
  const removedAt = record instanceof StorageError ? undefined : record?.trashedAt;
  return {
    volume,
    ...ownerOf(record),
    ...(removedAt !== undefined && { removedAt }),
    ...(keptUntil !== undefined && { keptUntil: keptUntil.toISOString() }),
  };
}

function keptInPlace({ volume, record, kept, usedBy }: KeptDirectory): KeptInPlace {
  return { volume, ...ownerOf(record), ...(kept && { reason: kept }), ...(usedBy && { usedBy }) };
}

function ownerOf(record: VolumeRecord | StorageError | undefined): DirectoryOwner & { problem?: string } {
  if (record === undefined) return {};
  if (record instanceof StorageError) return { problem: record.message };
  const { claim, class: className, cluster, template } = record;
  return {
    claim: { namespace: claim.namespace, name: claim.name },
    class: className,
    ...(cluster !== undefined && { cluster }),
    ...(template && { capacity: template.capacity }),
  };
}
