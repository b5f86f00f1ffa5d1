import { StorageError, type TrashEntry } from '../disk/port.ts';
import { shownClaim } from '../model/claim.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import type { KeptReason } from '../model/whose.ts';
import type { KeptDirectory } from '../restore/list-kept.ts';

const whyKept: Record<KeptReason, string> = {
  AnotherCluster: 'of another cluster',
  ClusterUnknown: 'of an unknown cluster',
  Abandoned: 'without claim and volume',
};

/** The lines of an aligned table. @param cluster UID of namespace kube-system here; undefined when unknown */
export function trashTable(
  trash: readonly TrashEntry[],
  inPlace: readonly KeptDirectory[],
  cluster: string | undefined,
): string[] {
  const rows = [
    ['VOLUME', 'CLAIM', 'CLASS', 'CLUSTER', 'STATE'],
    ...trash.map((entry) => [...ownerOf(entry, cluster), stateInTrash(entry)]),
    ...inPlace.map((directory) => [...ownerOf(directory, cluster), stateInPlace(directory)]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}

interface Entry {
  volume: string;
  record: VolumeRecord | StorageError | undefined;
}

function ownerOf({ volume, record }: Entry, cluster: string | undefined): string[] {
  if (record === undefined || record instanceof StorageError) return [volume, '-', '-', '-'];
  const { claim, class: className } = record;
  const shownCluster = record.cluster !== undefined && record.cluster === cluster ? 'this' : (record.cluster ?? '-');
  return [volume, shownClaim(claim), className, shownCluster];
}

function stateInTrash({ record, keptUntil }: TrashEntry): string {
  if (record instanceof StorageError) return `removed, not erased: ${record.message}`;
  if (keptUntil === undefined) return 'removed, being erased';
  return `removed ${record?.trashedAt ?? ''}, kept until ${keptUntil.toISOString()}`;
}

function stateInPlace({ record, kept, usedBy }: KeptDirectory): string {
  if (record instanceof StorageError) return `in its place: ${record.message}`;
  if (kept === undefined) return 'in its place';
  const use = usedBy === undefined ? '' : `; claim ${shownClaim(usedBy)} has it here`;
  return `in its place, ${whyKept[kept]}${use}`;
}
