import { StorageError, type VolumeStorage } from '../disk/port.ts';
import type { KubeApi } from '../kube/calls/kube-api.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import type { KeptReason } from '../model/whose.ts';
import { livesHere } from './observe.ts';

/** A directory in the base directory, and why no claim uses it. */
export interface KeptDirectory {
  volume: string;
  /** The error when it cannot be read. */
  record: VolumeRecord | StorageError;
  /** Undefined when the API server was not asked: the directory may be in use then. */
  kept: KeptReason | undefined;
  /** The claim of this cluster that has a volume of that name, although the record names another cluster. */
  usedBy?: { namespace: string; name: string };
}

export interface KeptSources {
  kube: Pick<KubeApi, 'readClaim' | 'readVolume' | 'listVolumesOfNode'>;
  storage: Pick<VolumeStorage, 'listRecords' | 'readRecord' | 'locate'>;
  nodeName: string;
  /** UID of namespace kube-system of this cluster. */
  cluster: string;
}

/**
 * The kept directories, sorted by name: those of another or an unknown cluster, and those without claim and volume. Makes calls for
 * these only, not for each volume in use. @throws {ApiError | StorageError}
 */
export async function listKept(sources: KeptSources): Promise<KeptDirectory[]> {
  const { kube, storage, nodeName } = sources;
  const registered = new Set<string>();
  for await (const { metadata } of kube.listVolumesOfNode(nodeName)) registered.add(metadata?.name ?? '');
  const kept: KeptDirectory[] = [];
  for (const directory of await listInPlace(storage)) {
    const found = await whyKept(directory, registered.has(directory.volume), sources);
    if (found !== undefined) kept.push(found);
  }
  return kept;
}

/** All directories in the base directory that have a record, sorted by name. Needs no API server. @throws {StorageError} */
export async function listInPlace(storage: KeptSources['storage']): Promise<KeptDirectory[]> {
  const directories: KeptDirectory[] = [];
  for (const volume of (await storage.listRecords()).sort()) {
    if ((await storage.locate(volume)) !== 'base') continue;
    const record = await storage.readRecord(volume).catch((error: unknown) => {
      if (error instanceof StorageError) return error;
      throw error;
    });
    if (record !== undefined) directories.push({ volume, record, kept: undefined });
  }
  return directories;
}

async function whyKept(
  directory: KeptDirectory,
  isRegistered: boolean,
  { kube, cluster }: KeptSources,
): Promise<KeptDirectory | undefined> {
  const { volume, record } = directory;
  if (record instanceof StorageError) return isRegistered ? undefined : directory;
  const isOfAnother = record.cluster !== undefined && record.cluster !== cluster;
  if (isRegistered && !isOfAnother) return undefined;
  const object = await kube.readVolume(volume);
  if (isOfAnother) {
    const { namespace = '', name = '' } = object?.spec?.claimRef ?? {};
    return { ...directory, kept: 'AnotherCluster', ...(name !== '' && { usedBy: { namespace, name } }) };
  }
  if (object !== undefined || (await livesHere(record, kube))) return undefined;
  return { ...directory, kept: record.cluster === undefined ? 'ClusterUnknown' : 'Abandoned' };
}
