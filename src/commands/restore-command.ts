import { openAsGuest } from '../disk/file-system-storage.ts';
import { StorageError } from '../disk/port.ts';
import { createKubeApi } from '../kube/calls/client.ts';
import { ApiError } from '../kube/calls/kube-api.ts';
import { openConnection } from '../kube/connection/connection.ts';
import type { RestoreRequest } from '../restore/observe.ts';
import { restoreVolume } from '../restore/restore.ts';

export interface RestoreCommand extends RestoreRequest {
  kubeconfigPath: string | undefined;
  baseDirectory: string;
}

/**
 * `hostpath-provisioner restore`: registers a volume for a kept directory, and prints each step.
 * @returns why it was refused or failed, or undefined @throws {StartError} when the API server is not configured correctly
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
    return `${error.message}. No data was lost: solve this, then run the same command again`;
  } finally {
    await storage.close();
    await connection.close();
  }
}
