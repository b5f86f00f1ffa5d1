import { basename } from 'node:path';
import type { Mount } from './mount.ts';

/** What kubelet mounts into each container, from its folder of the pod: `/var/lib/kubelet/pods/<UID>/...` on most nodes. */
const ofPod = /\/pods\/[^/]+\/(etc-hosts$|containers\/)/;
const ofPodPoints = new Set(['/etc/hosts', '/dev/termination-log']);

/** A volume that begins and ends with the pod, such as an emptyDir. */
const ofPodVolume = /\/pods\/[^/]+\/volumes\//;

/** What is mounted in every container, whatever its pod asks for. */
const ofEveryContainer = /^\/$|^\/(proc|sys|dev|etc|run|var\/run)(\/|$)/;

/** Whether this process runs in a container of a pod, by what is mounted in it. */
export function isInPod(mounts: readonly Mount[]): boolean {
  return mounts.some(({ root, point }) => ofPodPoints.has(point) && ofPod.test(root));
}

/**
 * What keeps a base directory from being one of the node: in a pod, what is not mounted from the node is the container's own,
 * and goes with it. Undefined outside a pod, or when there is nothing to say.
 * @param mount the one that the base directory lies on
 */
export function objectionToPlace(
  mounts: readonly Mount[],
  basePath: string,
  mount = mountAt(mounts, basePath),
): string | undefined {
  if (!isInPod(mounts)) return undefined;
  if (mount !== undefined && mount.point !== '/' && !ofPodVolume.test(mount.root)) return undefined;
  const others = mounts.filter(({ root, point }) => !ofEveryContainer.test(point) && !ofPodVolume.test(root));
  const instead = others.length === 0 ? '' : `, but ${others.map(({ point }) => point).join(', ')} is`;
  return `base directory ${basePath} is not mounted from the node in this pod${instead}: in the manifest of the daemon, BASE_DIRECTORY, mountPath and hostPath.path must be the same path`;
}

/** The mount that a path leads to. Of those at one point, the last one covers the others. */
function mountAt(mounts: readonly Mount[], path: string): Mount | undefined {
  const above = mounts.filter(({ point }) => point === '/' || path === point || path.startsWith(`${point}/`));
  const longest = Math.max(...above.map(({ point }) => point.length));
  return above.findLast(({ point }) => point.length === longest);
}

/**
 * Whether a pod may show another directory of the node at the base directory's path: it has another name there. That is no
 * proof, as a bind mount or a subvolume of the node has another name, too.
 * @param pathOnFileSystem what the base directory is called on its file system
 */
export function seemsElsewhere(mounts: readonly Mount[], basePath: string, pathOnFileSystem: string): boolean {
  return isInPod(mounts) && pathOnFileSystem !== '/' && basename(pathOnFileSystem) !== basename(basePath);
}
