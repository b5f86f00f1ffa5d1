import { readFileSync, readlinkSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

/** One mount of this process's mount namespace: a line of /proc/self/mountinfo, see proc_pid_mountinfo(5). */
export interface Mount {
  id: string;
  /** The directory of the file system that is mounted; `/` is all of it. */
  root: string;
  point: string;
  fileSystem: string;
}

/** Spaces, tabs, newlines and backslashes stand in mountinfo as three octal digits. */
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

/**
 * Tells the mount that an open descriptor lies on from all others, whatever was mounted over its path since. The device
 * number does not: a bind mount of the same file system shares it.
 */
export function mountIdOf(descriptor: number): string | undefined {
  return /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1];
}

/** All mounts that this process sees. */
export function readMounts(): Mount[] {
  return parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** The mount that an open descriptor lies on. */
export function mountOf(descriptor: number, mounts: readonly Mount[]): Mount | undefined {
  const id = mountIdOf(descriptor);
  return mounts.find((mount) => mount.id === id);
}

/** The path in its file system of what an open descriptor of the mount is. */
export function pathWithin({ root, point }: Mount, descriptor: number): string {
  return join(root, relative(point, pathOf(descriptor)));
}

/** Where an open descriptor leads, without links. */
export function pathOf(descriptor: number): string {
  return readlinkSync(`/proc/self/fd/${descriptor}`);
}

/**
 * Whether the path is a mount point on the node: what lies there is then away when it is unmounted. On the node itself every
 * mount counts, also one of a subvolume or a bind mount.
 *
 * In a pod everything is a bind mount, disk or not, and the node's own mounts do not show. What shows is the root of
 * the bind mount, a path in its file system. The root of a mere directory ends with the directory's own name. The root of
 * a mount point is the top of a file system, or has the name of the subvolume or directory that is mounted there. Where both
 * names are the same it cannot be told from a directory, and does not count. A symbolic link of the node looks like a mount
 * point.
 */
export function isMountPoint(mount: Mount | undefined, path: string, where: { inPod: boolean }): boolean {
  if (mount?.point !== path) return false;
  return !where.inPod || mount.root === '/' || basename(mount.root) !== basename(path);
}
