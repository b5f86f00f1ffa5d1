import { openAsGuest } from '../disk/file-system-storage.ts';
import { StorageError } from '../disk/port.ts';
import { createKubeApi } from '../kube/calls/client.ts';
import { ApiError } from '../kube/calls/kube-api.ts';
import { openConnection } from '../kube/connection/connection.ts';
import { restoreVolume } from '../restore/act.ts';
import type { RestoreRequest } from '../restore/observe.ts';

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
