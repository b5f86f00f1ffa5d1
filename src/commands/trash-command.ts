import { openAsGuest } from '../disk/file-system-storage.ts';
import { StorageError, type VolumeStorage } from '../disk/port.ts';
import { createKubeApi } from '../kube/calls/client.ts';
import { ApiError } from '../kube/calls/kube-api.ts';
import { openConnection } from '../kube/connection/connection.ts';
import { StartError } from '../model/start-error.ts';
import { type KeptDirectory, listInPlace, listKept } from '../restore/list-kept.ts';
import { trashTable } from './trash-table.ts';

export interface TrashCommand {
  baseDirectory: string;
  /** The API server that knows which directories are in use, or which options are missing for it. */
  cluster: { nodeName: string; kubeconfigPath: string | undefined } | { missing: string };
}

/** The directories in the base directory that can be restored. */
interface InPlace {
  directories: KeptDirectory[];
  /** UID of namespace kube-system. */
  cluster?: string;
  /** Why the API server cannot tell which directories are in use; all of them are listed then. */
  unknownUse?: string;
}

/**
 * `hostpath-provisioner trash`: lists the trash, and the kept directories in the base directory. Without an API server, it lists all
 * directories in the journal. @returns why it failed, or undefined
 */
export async function runTrash(
  { baseDirectory, cluster }: TrashCommand,
  environment: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<string | undefined> {
  const storage = openAsGuest({ basePath: baseDirectory });
  try {
    const trash = await storage.listTrash();
    const inPlace = await findInPlace(cluster, environment, storage);
    for (const line of trashTable(trash, inPlace.directories, inPlace.cluster)) say(line);
    if (inPlace.unknownUse !== undefined) {
      say(`Volumes in use are listed, too, because the API server could not be asked: ${inPlace.unknownUse}`);
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return error.message;
  } finally {
    await storage.close();
  }
}

async function findInPlace(
  source: TrashCommand['cluster'],
  environment: NodeJS.ProcessEnv,
  storage: VolumeStorage,
): Promise<InPlace> {
  try {
    if ('missing' in source) throw new StartError(source.missing);
    const { nodeName, kubeconfigPath } = source;
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
    return { directories: await listInPlace(storage), unknownUse: error.message };
  }
}
