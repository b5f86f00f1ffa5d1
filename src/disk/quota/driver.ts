import type { Quota } from '../../model/volume-record.ts';
import type { OpenBase } from '../base/open-base.ts';

/** How a file system holds directories to limits. Every method may be repeated after a crash. */
export interface QuotaDriver {
  /** Whether a limit of inodes holds. */
  readonly limitsInodes: boolean;
  /** Whether blocks that a file shares with one elsewhere count in both places. */
  readonly countsShared: boolean;
  /** Names the disk: base directories with equal keys share their ids. */
  diskOf(base: OpenBase): string;
  /**
   * Makes an empty directory that `hold` can limit, in which only our user writes.
   * @param parent an open directory
   * @returns false if the name is taken
   */
  make(parent: number, name: string): Promise<boolean>;
  /** Whether `hold` can limit the open directory. */
  canHold(descriptor: number): boolean;
  /** Holds an open, empty directory and all that is made in it to the quota, and reads back that it does. */
  hold(descriptor: number, quota: Quota): Promise<void>;
  /** Sets the limit of an id whose directory is held already. */
  set(base: OpenBase, quota: Quota): Promise<void>;
  /** Whether the kernel knows a limit of an id, or counts something for it. */
  knows(base: OpenBase, id: number): Promise<boolean>;
  /** Forgets an id. @returns false while the kernel still counts something for it */
  release(base: OpenBase, id: number): Promise<boolean>;
  /** Which ids from `first` to `last` the kernel knows, whoever uses them. */
  usedIds(base: OpenBase, first: number, last: number): Promise<number[]>;
}
