import { openAsGuest } from '../disk/file-system-storage.ts';
import { StorageError, type VolumeStorage } from '../disk/port.ts';
import { createKubeApi } from '../kube/calls/client.ts';
import { ApiError } from '../kube/calls/kube-api.ts';
import { openConnection } from '../kube/connection/connection.ts';
import type { BaseDirectoryContent, NodeDirectories } from '../model/node-directories.ts';
import { documentVersion } from '../model/node-status.ts';
import { StartError } from '../model/start-error.ts';
import { listInPlace, listKept } from '../restore/list-kept.ts';
import { contentOf, type FoundDirectories } from './node-directories.ts';
import { trashTable } from './trash-table.ts';

export interface TrashCommand {
  baseDirectories: readonly { pool: string; path: string }[];
  /** Undefined if it was not told. */
  nodeName: string | undefined;
  /** The API server that knows which directories are in use, or which options are missing for it. */
  cluster: { nodeName: string; kubeconfigPath: string | undefined } | { missing: string };
  output: 'table' | 'json';
}

/**
 * `hostpath-provisioner trash`: lists the trash, and the kept directories in the base directory. Without an API server, it lists all
 * directories in the journal. @returns why it failed, or undefined
 */
export async function runTrash(
  { baseDirectories, nodeName, cluster, output }: TrashCommand,
  environment: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<string | undefined> {
  const problems: string[] = [];
  const contents: BaseDirectoryContent[] = [];
  for (const baseDirectory of baseDirectories) {
    const found = await find(baseDirectory.path, cluster, environment);
    if ('problem' in found) problems.push(found.problem);
    contents.push(contentOf(baseDirectory, found));
    if (output === 'json') continue;
    if (baseDirectories.length > 1) say(`${baseDirectory.pool}: ${baseDirectory.path}`);
    if (!('problem' in found)) sayTable(found, say);
  }
  if (output === 'json') say(JSON.stringify(documentOf(nodeName, contents)));
  return problems.length === 0 ? undefined : problems.join('; ');
}

const documentOf = (node: string | undefined, baseDirectories: BaseDirectoryContent[]): NodeDirectories => ({
  apiVersion: documentVersion,
  kind: 'NodeDirectories',
  ...(node !== undefined && { node }),
  baseDirectories,
});

function sayTable({ trash, inPlace, cluster, unknownUse }: FoundDirectories, say: (line: string) => void): void {
  for (const line of trashTable(trash, inPlace, cluster)) say(line);
  if (unknownUse !== undefined) {
    say(`Volumes in use are listed, too, because the API server could not be asked: ${unknownUse}`);
  }
}

async function find(
  basePath: string,
  cluster: TrashCommand['cluster'],
  environment: NodeJS.ProcessEnv,
): Promise<FoundDirectories | { problem: string }> {
  const storage = openAsGuest({ basePath });
  try {
    const trash = await storage.listTrash();
    const orphans = await storage.listOrphans();
    return { trash, orphans, ...(await findInPlace(cluster, environment, storage)) };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return { problem: error.message };
  } finally {
    await storage.close();
  }
}

async function findInPlace(
  source: TrashCommand['cluster'],
  environment: NodeJS.ProcessEnv,
  storage: VolumeStorage,
): Promise<Pick<FoundDirectories, 'inPlace' | 'cluster' | 'unknownUse'>> {
  try {
    if ('missing' in source) throw new StartError(source.missing);
    const { nodeName, kubeconfigPath } = source;
    const connection = await openConnection({ kubeconfigPath, environment });
    try {
      const kube = createKubeApi(connection);
      const cluster = await kube.readClusterUid();
      return { cluster, inPlace: await listKept({ kube, storage, nodeName, cluster }), unknownUse: undefined };
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (!(error instanceof StartError || error instanceof ApiError)) throw error;
    return { cluster: undefined, inPlace: await listInPlace(storage), unknownUse: error.message };
  }
}
