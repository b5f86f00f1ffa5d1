import { createKubeApi } from '../kube/client.ts';
import { openConnection } from '../kube/connection.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { RestoreRequest } from '../restore/observe.ts';
import { restoreVolume } from '../restore/restore.ts';
import { openAsGuest } from '../storage/open-volume-storage.ts';
import { StorageError } from '../storage/volume-storage.ts';

export interface RestoreCommand extends RestoreRequest {
  kubeconfigPath: string | undefined;
  baseDirectory: string;
}

/**
 * `hostpath-provisioner restore`: gives a kept directory to a claim, and says what it did.
 * @returns what is to be told to the user when that did not succeed
 * @throws {StartError} when the API server cannot be found
 */
export async function runRestore(
  { kubeconfigPath, baseDirectory, ...request }: RestoreCommand,
  environment: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<string | undefined> {
  const connection = await openConnection({ kubeconfigPath, environment });
  const storage = openAsGuest({ basePath: baseDirectory });
  try {
    return await restoreVolume(request, { kube: createKubeApi(connection), storage, say });
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof ApiError)) throw error;
    return `${error.message}. Nothing is lost: mend that, and run the same command again`;
  } finally {
    await storage.close();
    await connection.close();
  }
}
