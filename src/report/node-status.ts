import { type BaseDirectory, type Space, StorageError } from '../disk/port.ts';
import { knownFields } from '../model/known-fields.ts';
import {
  type BaseDirectoryStatus,
  documentVersion,
  type NodeStatus,
  type TrashedVolumeStatus,
  type VolumeStatus,
} from '../model/node-status.ts';
import type { Room } from '../model/room.ts';
import { version } from '../model/version.ts';
import type { PoolUsage, VolumeUsage } from './usage-metrics.ts';

/** What is known of a pool, without a question to its disk that may stay unanswered. */
export interface PoolFacts {
  path: string;
  /** The result of the last inspection of the base directory; undefined before the first. */
  found: BaseDirectory | StorageError | undefined;
  space: Space | undefined;
  room: Room | undefined;
  orphans: number | undefined;
  limitsHeld: boolean | undefined;
  usage: PoolUsage;
  trashed: Iterable<{ volume: string; usedBytes: number | undefined }>;
}

/** A volume in use whose directory is missing. */
export interface LostVolume {
  volume: string;
  pool: string;
  capacityBytes: number;
}

export interface NodeFacts {
  node: string;
  troubles: string[];
  pools: readonly PoolFacts[];
  keptDirectories: ReadonlyMap<string, number>;
  lost: Iterable<LostVolume>;
}

/** The document that the daemon serves at `/volumes`. */
export function nodeStatus({ node, troubles, pools, keptDirectories, lost }: NodeFacts): NodeStatus {
  const volumes = new Map<string, VolumeStatus>();
  for (const { usage } of pools) for (const used of usage.volumes) volumes.set(used.volume, volumeStatus(used, usage));
  for (const { volume, pool, capacityBytes } of lost) {
    volumes.set(volume, { ...(volumes.get(volume) ?? { volume, pool, capacityBytes }), directoryMissing: true });
  }
  return {
    apiVersion: documentVersion,
    kind: 'NodeStatus',
    node,
    version,
    troubles,
    baseDirectories: pools.map(baseDirectoryStatus),
    keptDirectories: Object.fromEntries(keptDirectories),
    volumes: [...volumes.values()],
  };
}

function baseDirectoryStatus(facts: PoolFacts): BaseDirectoryStatus {
  const { path, found, space, room, orphans, limitsHeld, usage, trashed } = facts;
  return knownFields<BaseDirectoryStatus>({
    pool: usage.pool,
    path,
    usable: found !== undefined && !(found instanceof StorageError),
    ...stateOf(found),
    sizeBytes: space?.sizeBytes,
    freeBytes: space?.freeBytes,
    // 0 stands for a file system that has no fixed number of them.
    ...(space?.inodes && { inodes: space.inodes, freeInodes: space.freeInodes }),
    promisedBytes: room?.promisedBytes,
    reservedBytes: room?.reservedBytes,
    orphans,
    limitsHeld,
    trash: knownFields<BaseDirectoryStatus['trash']>({
      usedBytes: usage.trashBytes,
      volumes: Array.from(trashed, (volume) => knownFields<TrashedVolumeStatus>(volume)),
    }),
  });
}

function stateOf(found: BaseDirectory | StorageError | undefined): Partial<BaseDirectoryStatus> {
  if (found === undefined) return { message: 'not inspected yet' };
  if (found instanceof StorageError) return { reason: found.reason, message: found.message };
  const { fileSystem, mounted, elsewhere } = found;
  return { fileSystem, mounted, ...(elsewhere !== undefined && { elsewhere }) };
}

function volumeStatus(usage: VolumeUsage, { pool, freeBytes }: PoolUsage): VolumeStatus {
  const { volume, capacityBytes, usedBytes, availableBytes = freeBytes, inodes, ageSeconds } = usage;
  return knownFields<VolumeStatus>({ volume, pool, capacityBytes, usedBytes, availableBytes, inodes, ageSeconds });
}
