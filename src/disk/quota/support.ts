import { closeSync, existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { type OpenBase, openDirectory } from '../base/open-base.ts';
import { trashName } from '../layout.ts';
import { proveMayAdminister } from '../native/btrfs.ts';
import { getProject } from '../native/project.ts';
import { enforceQuotas, getProjectQuota, getQuotaState, type QuotaState } from '../native/quotactl.ts';
import { type QuotaSupport, StorageError } from '../port.ts';
import { hasCode } from '../system-error.ts';
import { firstId } from './ids.ts';
import { groupsFolder } from './subvolume-quotas.ts';

/** Debian 12 has btrfs-progs 6.2, which lacks the option. */
const enableSimple = (path: string): string => `btrfs quota enable --simple ${path} (btrfs-progs 6.7 or later)`;

/** The first kernel with quotactl_fd, and the first one with simple quotas of btrfs. */
const leastKernel = { project: [5, 14], subvolume: [6, 7] } as const;

/**
 * Whether the file system of the base directory holds directories to limits, by asking the kernel: mount options do not tell.
 * Where it only counts, this begins to hold, which takes no remount.
 * @param fileSystem its type, as in /proc/self/mountinfo
 */
export async function readQuotaSupport(base: OpenBase, fileSystem: string): Promise<QuotaSupport> {
  try {
    if (fileSystem === 'xfs' || fileSystem === 'ext4') return await projectSupport(base, fileSystem);
    if (fileSystem === 'btrfs') return subvolumeSupport(base);
  } catch (error) {
    if (hasCode(error, 'EPERM')) return lacking(mayNot(base.path));
    // The library for system calls cannot be loaded.
    if (error instanceof StorageError) return lacking(error.message);
    throw error;
  }
  const message = `${base.path} lies on ${fileSystem}, which cannot limit directories. Move it to XFS, ext4 or btrfs, on a disk or in a file that is mounted`;
  return lacking(message);
}

const lacking = (message: string): QuotaSupport => ({ by: undefined, message });

async function projectSupport(base: OpenBase, fileSystem: 'xfs' | 'ext4'): Promise<QuotaSupport> {
  if (isOlder(leastKernel.project)) return lacking(tooOld('Limits', leastKernel.project));
  const state = await projectState(base, fileSystem);
  if (!state.enforces) return lacking(notEnforced(base.path, fileSystem));
  await getProjectQuota(base.descriptor, firstId); // needs CAP_SYS_ADMIN, as all that follows does
  const inheriting = inheritingDirectory(base);
  if (inheriting === undefined) return { by: 'project' };
  const message = `${inheriting} gives its project to what is moved there, so that volumes could not be moved to the trash. Take the attribute away: chattr -P ${inheriting}`;
  return lacking(message);
}

async function projectState(base: OpenBase, fileSystem: 'xfs' | 'ext4'): Promise<QuotaState> {
  try {
    const state = await getQuotaState(base.descriptor);
    if (!state.counts || state.enforces) return state;
    await enforceQuotas(base.descriptor, fileSystem);
    return await getQuotaState(base.descriptor);
  } catch (error) {
    if (hasCode(error, 'ENOSYS', 'ESRCH', 'ENOTSUP', 'EINVAL')) return { counts: false, enforces: false };
    throw error;
  }
}

function notEnforced(path: string, fileSystem: 'xfs' | 'ext4'): string {
  const advice = {
    xfs: `Unmount it and mount it with option prjquota, in /etc/fstab, too; for the root file system, boot with rootflags=prjquota. To remount is not enough`,
    ext4: `Unmount it, type tune2fs -O project,quota -Q prjquota DEVICE (findmnt -no SOURCE -T ${path}), and mount it with option prjquota, in /etc/fstab, too`,
  };
  return `${path} lies on ${fileSystem} without project quotas. ${advice[fileSystem]}`;
}

/** XFS and ext4 refuse to move a directory of one project into one that hands down another. */
function inheritingDirectory(base: OpenBase): string | undefined {
  if (getProject(base.descriptor).inherit) return base.path;
  const trash = openDirectory(base.state(trashName));
  if (trash === undefined) return undefined;
  try {
    return getProject(trash).inherit ? base.shownState(trashName) : undefined;
  } finally {
    closeSync(trash);
  }
}

function subvolumeSupport(base: OpenBase): QuotaSupport {
  const { path, descriptor } = base;
  if (isOlder(leastKernel.subvolume)) return lacking(tooOld('Limits on btrfs', leastKernel.subvolume));
  const mode = `${groupsFolder(descriptor)}/mode`;
  if (!existsSync(mode)) {
    return lacking(`${path} lies on btrfs without quotas. Turn simple ones on: ${enableSimple(path)}`);
  }
  if (readFileSync(mode, 'utf8').trim() !== 'squota') {
    const why = 'a subvolume that a tenant makes would be outside of the limit';
    const advice = `Change to simple ones: btrfs quota disable ${path}, then ${enableSimple(path)}`;
    return lacking(`${path} lies on btrfs with quota groups that are not simple: ${why}. ${advice}`);
  }
  proveMayAdminister(descriptor);
  return { by: 'subvolume' };
}

function mayNot(path: string): string {
  const advice =
    'Install it with quotas: helm upgrade hostpath-provisioner charts/hostpath-provisioner --reset-then-reuse-values --set quotas.enabled=true, or add the component overlays/quotas to a copy of your overlay (docs/sizes.md)';
  return `The daemon may not set limits on ${path}: it lacks the capability SYS_ADMIN. ${advice}`;
}

function tooOld(what: string, [major, minor]: readonly [number, number]): string {
  return `${what} need Linux ${major}.${minor} or later, and this node has ${release()}. Install a later kernel on the node`;
}

function isOlder([major, minor]: readonly [number, number]): boolean {
  const [own = 0, ownMinor = 0] = release()
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return own < major || (own === major && ownMinor < minor);
}
