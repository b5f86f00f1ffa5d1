import { openAsGuest } from '../disk/file-system-storage.ts';
import { StorageError, type TrashEntry, type VolumeStorage } from '../disk/port.ts';
import { createKubeApi } from '../kube/calls/client.ts';
import { ApiError } from '../kube/calls/kube-api.ts';
import { openConnection } from '../kube/connection/connection.ts';
import { StartError } from '../model/start-error.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import { type KeptDirectory, listInPlace, listKept } from '../restore/kept.ts';

export interface TrashCommand {
  baseDirectory: string;
  /** Whom to ask which directories are in use, or what is missing for that. */
  cluster: { nodeName: string; kubeconfigPath: string | undefined } | { missing: string };
}

/** What lies in its place, as far as it can be known. */
interface InPlace {
  directories: KeptDirectory[];
  /** UID of namespace kube-system. */
  cluster?: string;
  /** Why the API server does not tell which of the directories are in use. */
  ignorance?: string;
}

/**
 * `hostpath-provisioner trash`: says what lies in the trash, and what lies in its place and nobody uses, as an aligned
 * table. Without an API server, it says what the journal tells.
 * @returns what is to be told to the user when that did not succeed
 */
export async function runTrash(
  { baseDirectory, cluster }: TrashCommand,
  environment: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<string | undefined> {
  const storage = openAsGuest({ basePath: baseDirectory });
  try {
    const trash = await storage.listTrash();
    const inPlace = await look(cluster, environment, storage);
    for (const line of table(trash, inPlace.directories, inPlace.cluster)) say(line);
    if (inPlace.ignorance !== undefined) {
      say(
        `This is all that the journal has, volumes in use too, as the API server was not asked: ${inPlace.ignorance}`,
      );
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return error.message;
  } finally {
    await storage.close();
  }
}

async function look(
  asked: TrashCommand['cluster'],
  environment: NodeJS.ProcessEnv,
  storage: VolumeStorage,
): Promise<InPlace> {
  try {
    if ('missing' in asked) throw new StartError(asked.missing);
    const { nodeName, kubeconfigPath } = asked;
    const connection = await openConnection({ kubeconfigPath, environment });
    try {
      const kube = createKubeApi(connection);
      const cluster = await kube.readClusterUid();
      return { cluster, directories: await listKept({ kube, storage, nodeName, cluster }) };
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (!(error instanceof StartError || error instanceof ApiError)) throw error;
    return { directories: await listInPlace(storage), ignorance: error.message };
  }
}

/** @param cluster the one that is asked; undefined when it is not known */
export function table(trash: TrashEntry[], inPlace: KeptDirectory[], cluster: string | undefined): string[] {
  const rows = [
    ['VOLUME', 'CLAIM', 'CLASS', 'CLUSTER', 'STATE'],
    ...trash.map((entry) => [...whoseIs(entry, cluster), stateInTrash(entry)]),
    ...inPlace.map((directory) => [...whoseIs(directory, cluster), stateInPlace(directory)]),
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

function whoseIs({ volume, record }: Entry, cluster: string | undefined): string[] {
  if (record === undefined || record instanceof StorageError) return [volume, '-', '-', '-'];
  const { claim, class: className } = record;
  const shownCluster = record.cluster !== undefined && record.cluster === cluster ? 'this' : (record.cluster ?? '-');
  return [volume, `${claim.namespace}/${claim.name}`, className, shownCluster];
}

function stateInTrash({ record, keptUntil }: TrashEntry): string {
  if (record instanceof StorageError) return `removed, not erased: ${record.message}`;
  if (keptUntil === undefined) return 'removed, being erased';
  return `removed ${record?.trashedAt ?? ''}, kept until ${keptUntil.toISOString()}`;
}

function stateInPlace({ record, kept, usedBy }: KeptDirectory): string {
  if (record instanceof StorageError) return `in its place: ${record.message}`;
  if (kept === undefined) return 'in its place';
  const use = usedBy === undefined ? '' : `; claim ${usedBy.namespace}/${usedBy.name} has it here`;
  return `in its place, ${kept}${use}`;
}
