import { existsSync, fstatSync, readFileSync } from 'node:fs';
import type { OpenBase } from '../base/open-base.ts';
import { calls, tolerating } from '../calls.ts';
import {
  assignGroup,
  createGroup,
  createSubvolume,
  destroyGroup,
  getFileSystemId,
  getSubvolumeId,
  limitGroup,
  type QuotaGroup,
  subvolumeTopInode,
} from '../native/btrfs.ts';
import { hasCode } from '../system-error.ts';
import type { QuotaDriver } from './driver.ts';

/** The quota group of a volume, which the subvolumes that tenants make in it join by themselves. */
const groupOf = (id: number): QuotaGroup => ({ level: 1, id });

/** Where the kernel shows the quota groups of a file system; readable without a capability, also in a container. */
export const groupsFolder = (descriptor: number): string => `/sys/fs/btrfs/${getFileSystemId(descriptor)}/qgroups`;

/** The folders of openings that are in use: the usage of thousands of volumes is read through one of them. */
const foldersOfOpenings = new WeakMap<OpenBase, string>();

function groupsFolderOf(base: OpenBase): string {
  const folder = foldersOfOpenings.get(base) ?? groupsFolder(base.descriptor);
  foldersOfOpenings.set(base, folder);
  return folder;
}

/** Simple quotas of btrfs: the directory of a volume is a subvolume, in a quota group of its own. */
export const subvolumeQuotas: QuotaDriver = {
  limitsInodes: false,
  // They stay with the subvolume that wrote them, even when that is gone.
  countsShared: false,

  diskOf: (base) => `btrfs ${getFileSystemId(base.descriptor)}`,

  make(parent, name) {
    const made = createSubvolume(parent, name).then(() => true);
    return tolerating(['EEXIST'], made, false);
  },

  canHold: isSubvolume,

  /** The limit first: the subvolume is never in the group without it. */
  async hold(descriptor, { id, bytes }) {
    const group = groupOf(id);
    await tolerating(['EEXIST'], createGroup(descriptor, group), undefined);
    await limitGroup(descriptor, group, bytes);
    const subvolume: QuotaGroup = { level: 0, id: getSubvolumeId(descriptor) };
    await tolerating(['EEXIST'], assignGroup(descriptor, subvolume, group), undefined);
  },

  set: (base, { id, bytes }) => limitGroup(base.descriptor, groupOf(id), bytes),

  knows: async (base, id) => existsSync(`${groupsFolder(base.descriptor)}/1_${id}`),

  /** A subvolume stays a member until the kernel's cleaner has erased it, some 30 seconds after it was removed. */
  async release(base, id) {
    try {
      await destroyGroup(base.descriptor, groupOf(id));
      return true;
    } catch (error) {
      if (hasCode(error, 'EBUSY')) return false;
      if (hasCode(error, 'ENOENT')) return true;
      throw error;
    }
  },

  async usedIds(base, first, last) {
    const names = await calls.readdir(groupsFolder(base.descriptor));
    const ids = names.flatMap((name) => (name.startsWith('1_') ? [Number(name.slice('1_'.length))] : []));
    return ids.filter((id) => id >= first && id <= last);
  },
};

/** Whether an open directory is the top of a subvolume, which has another device number than what lies around it. */
export function isSubvolume(descriptor: number): boolean {
  return fstatSync(descriptor).ino === subvolumeTopInode;
}

/**
 * Bytes that the quota group of a volume counts, as of the last commit; undefined if there is no such group. The kernel answers from
 * memory, in less time than a thread of Node's pool takes to begin.
 */
export function readGroupBytes(base: OpenBase, id: number): number | undefined {
  try {
    return Number(readFileSync(`${groupsFolderOf(base)}/1_${id}/referenced`, 'latin1'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
