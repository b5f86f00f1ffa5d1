import { basename } from 'node:path';
import type { Mount } from './mount.ts';

/** Files of kubelet's folder of a pod, `/var/lib/kubelet/pods/<UID>/` on most nodes, that are mounted into each container. */
const inPodFolder = /^(?<folder>.*\/pods\/[^/]+\/)(etc-hosts$|containers\/[^/]+\/[^/]+$)/;
const ofKubelet = new Set(['/etc/hosts', '/dev/termination-log']);

/** Mount points of every container. */
const ofEveryContainer = /^\/$|^\/(proc|sys|dev|etc|run|var\/run)(\/|$)/;

/** kubelet's folder of the pod of this process; undefined if no kubelet started it. */
function podFolder(mounts: readonly Mount[]): string | undefined {
  const roots = mounts.filter(({ point }) => ofKubelet.has(point)).map(({ root }) => root);
  return roots.map((root) => inPodFolder.exec(root)?.groups?.folder).find((folder) => folder !== undefined);
}

/** Whether this process runs in a pod: kubelet mounts files of its own into each. */
export const isInPod = (mounts: readonly Mount[]): boolean => podFolder(mounts) !== undefined;

/**
 * Why a base directory does not lie on the node: in a pod, a directory that is not mounted from the node belongs to the container,
 * and is lost with it. Undefined if it lies on the node. @param mount the mount that the base directory lies on
 */
export function objectionToPlace(
  mounts: readonly Mount[],
  basePath: string,
  mount = mountAt(mounts, basePath),
): string | undefined {
  const folder = podFolder(mounts);
  if (folder === undefined) return undefined;
  // An emptyDir, for example, is lost with the pod.
  const isOfPod = ({ root }: Mount): boolean => root.startsWith(`${folder}volumes/`);
  if (mount !== undefined && mount.point !== '/' && !isOfPod(mount)) return undefined;
  const others = mounts.filter((other) => !ofEveryContainer.test(other.point) && !isOfPod(other));
  const instead = others.length === 0 ? '' : `, but ${others.map(({ point }) => point).join(', ')} is`;
  return `Base directory ${basePath} is not mounted from the node in this pod${instead}. In the daemon's manifest, give BASE_DIRECTORY, mountPath and hostPath.path the same path`;
}

/** The mount that a path leads to. Of several mounts at one point, the last one covers the others. */
function mountAt(mounts: readonly Mount[], path: string): Mount | undefined {
  const above = mounts.filter(({ point }) => point === '/' || path === point || path.startsWith(`${point}/`));
  const longest = Math.max(...above.map(({ point }) => point.length));
  return above.findLast(({ point }) => point.length === longest);
}

/**
 * Whether the pod may have mounted another directory of the node at the base directory's path: its name differs. That is no
 * proof, as the name of a bind mount or a subvolume of the node differs, too.
 * @param pathOnFileSystem the path of the base directory on its file system
 */
export function seemsElsewhere(mounts: readonly Mount[], basePath: string, pathOnFileSystem: string): boolean {
  return isInPod(mounts) && pathOnFileSystem !== '/' && basename(pathOnFileSystem) !== basename(basePath);
}
