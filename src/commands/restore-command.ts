import { openAsGuest } from '../disk/file-system-storage.ts';
import { firstAnswer, StorageError, type VolumeStorage } from '../disk/port.ts';
import { createKubeApi } from '../kube/calls/client.ts';
import { ApiError } from '../kube/calls/kube-api.ts';
import { openConnection } from '../kube/connection/connection.ts';
import type { RestoreRequest } from '../restore/observe.ts';
import { restoreVolume } from '../restore/restore.ts';

export interface RestoreCommand extends RestoreRequest {
  kubeconfigPath: string | undefined;
  /** Of all base directories of the node. */
  basePaths: readonly string[];
}

/**
 * `hostpath-provisioner restore`: registers a volume for a kept directory, and prints each step.
 * @returns why it was refused or failed, or undefined @throws {StartError} when the API server is not configured correctly
 */
export async function runRestore(
  { kubeconfigPath, basePaths, ...request }: RestoreCommand,
  environment: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<string | undefined> {
  const connection = await openConnection({ kubeconfigPath, environment });
  const storages = basePaths.map((basePath) => openAsGuest({ basePath }));
  try {
    const storage = await storageOf(request.volumeName, storages);
    return await restoreVolume(request, { kube: createKubeApi(connection), storage, say });
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof ApiError)) throw error;
    return `${error.message}. No data was lost: solve this, then run the same command again`;
  } finally {
    await Promise.all(storages.map((storage) => storage.close()));
    await connection.close();
  }
}

/**
 * The storage that has a record of the volume, or the first one, whose refusal says that it has none.
 * @throws {StorageError} if no storage that can be read has a record, and one cannot be read
 */
async function storageOf(volume: string, storages: readonly VolumeStorage[]): Promise<VolumeStorage> {
  const [first, ...others] = storages as [VolumeStorage, ...VolumeStorage[]];
  if (others.length === 0) return first;
  const found = await firstAnswer(storages, (storage) => storage.readRecord(volume));
  return found?.storage ?? first;
}
