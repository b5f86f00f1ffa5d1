import { readFileSync, readlinkSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

/** A mount in the mount namespace of this process: a line of /proc/self/mountinfo, see proc_pid_mountinfo(5). */
export interface Mount {
  id: string;
  /** The directory of the file system that is mounted; `/` is the whole file system. */
  root: string;
  point: string;
  fileSystem: string;
}

/** mountinfo has spaces, tabs, newlines and backslashes as three octal digits. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [id, , , root, point, ...rest] = line.split(' ');
    const fileSystem = rest[rest.indexOf('-') + 1];
    if (id === undefined || root === undefined || point === undefined || fileSystem === undefined) return [];
    return [{ id, root: unescapeOctal(root), point: unescapeOctal(point), fileSystem }];
  });
}

/** The id of the mount of an open descriptor. Unlike the device number, it differs for a bind mount of the same file system. */
export function mountIdOf(descriptor: number): string | undefined {
  return /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1];
}

/** All mounts that are visible to this process. */
export function readMounts(): Mount[] {
  return parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** The mount that an open descriptor lies on. */
export function mountOf(descriptor: number, mounts: readonly Mount[]): Mount | undefined {
  const id = mountIdOf(descriptor);
  return mounts.find((mount) => mount.id === id);
}

/** The path of an open descriptor on the file system of its mount. */
export function pathWithin({ root, point }: Mount, descriptor: number): string {
  return join(root, relative(point, pathOf(descriptor)));
}

/** The path of an open descriptor, without symbolic links. */
export function pathOf(descriptor: number): string {
  return readlinkSync(`/proc/self/fd/${descriptor}`);
}

/**
 * Whether the path is a mount point on the node, whose content disappears when it is unmounted. On the node itself, every mount
 * counts, also a subvolume and a bind mount.
 *
 * In a pod, every directory of the node is a bind mount, which shows only its root, a path on its file system. The root of a plain
 * directory ends with the directory's name. The root of a mount point is the top of a file system, or has the name of a subvolume
 * or directory: if that name is the same, the mount point does not count. A symbolic link on the node looks like a mount point.
 */
export function isMountPoint(mount: Mount | undefined, path: string, where: { inPod: boolean }): boolean {
  if (mount?.point !== path) return false;
  return !where.inPod || mount.root === '/' || basename(mount.root) !== basename(path);
}
