import { openAsGuest } from '../storage/open-volume-storage.ts';
import { StorageError, type TrashEntry } from '../storage/volume-storage.ts';

/**
 * `hostpath-provisioner trash`: says what lies in the trash, as an aligned table. It asks no API server.
 * @returns what is to be told to the user when that did not succeed
 */
export async function runTrash(
  { baseDirectory }: { baseDirectory: string },
  say: (line: string) => void,
): Promise<string | undefined> {
  const storage = openAsGuest({ basePath: baseDirectory });
  try {
    const entries = await storage.listTrash();
    for (const line of table(entries)) say(line);
    return undefined;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return error.message;
  } finally {
    await storage.close();
  }
}

export function table(entries: TrashEntry[]): string[] {
  const rows = [['VOLUME', 'CLAIM', 'CLASS', 'REMOVED', 'KEPT UNTIL'], ...entries.map(rowOf)];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}

function rowOf({ volume, record, keptUntil }: TrashEntry): string[] {
  if (record instanceof StorageError) return [volume, '-', '-', '-', `not erased: ${record.message}`];
  const end = keptUntil === undefined ? 'not kept: being erased' : keptUntil.toISOString();
  if (record === undefined) return [volume, '-', '-', '-', end];
  const { claim, class: className, trashedAt } = record;
  return [volume, `${claim.namespace}/${claim.name}`, className, trashedAt ?? '-', end];
}
