import { readFileSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';

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

export const readMounts = (): Mount[] => parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));

/** The mount that an open descriptor lies on. */
export function mountOf(descriptor: number, mounts = readMounts()): Mount | undefined {
  const id = mountIdOf(descriptor);
  return mounts.find((mount) => mount.id === id);
}

/** The path in its file system of what an open descriptor of the mount is. */
export function pathWithin({ root, point }: Mount, descriptor: number): string {
  return join(root, relative(point, readlinkSync(`/proc/self/fd/${descriptor}`)));
}

/**
 * Whether the descriptor is the top of a file system that is mounted there. A bind mount of a mere directory does not
 * count: in a container every base directory is one, disk or not.
 */
export function isTopOf(mount: Mount | undefined, descriptor: number): boolean {
  return mount !== undefined && mount.root === '/' && mount.point === readlinkSync(`/proc/self/fd/${descriptor}`);
}
