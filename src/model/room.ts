import type { Claim } from './claim.ts';
import type { ClassParameters } from './class-parameters.ts';
import { quantityBytes } from './quantity.ts';

/** What a base directory can promise to volumes. Sizes are in bytes. */
export interface Room {
  /** Size of its file system, without what that keeps for root. */
  sizeBytes: number;
  /** What is promised to no volume, by the option `--reserve`. */
  reservedBytes: number;
  /** The sizes of all volumes, of those in the making, and of directories that stay without a volume object. */
  promisedBytes: number;
  /** What of that belongs to directories in the trash, and to others that stay without a volume object. */
  keptBytes: number;
  /** Inodes of its file system; 0 if it has no fixed number. */
  inodes: number;
}

/** What a claim asks of a base directory. */
export interface Demand {
  bytes: number;
  /** How many times its size the base directory may promise; undefined when a larger promise is only told. */
  most: number | undefined;
}

/** A promise that is enforced has to be kept, so it is not given twice unless the class says so. */
export function demandOf(
  { requestedStorage }: Pick<Claim, 'requestedStorage'>,
  { overcommit, enforcesQuota }: Pick<ClassParameters, 'overcommit' | 'enforcesQuota'>,
): Demand {
  return {
    bytes: Math.ceil(quantityBytes(requestedStorage) ?? 0),
    most: overcommit ?? (enforcesQuota ? 1 : undefined),
  };
}

/** Whether the base directory can promise `bytes` more, without promising more than `most` times what it may. */
export const fits = (room: Room, bytes: number, most: number): boolean =>
  room.promisedBytes + bytes <= promisable(room, most);

/** What the base directory may promise in all, in bytes. */
export const promisable = ({ sizeBytes, reservedBytes }: Room, most: number): number =>
  Math.max(0, sizeBytes - reservedBytes) * most;
