import { basename } from 'node:path';
import type { Mount } from './mount.ts';

/** What kubelet mounts into each container, from its folder of the pod: `/var/lib/kubelet/pods/<UID>/` on most nodes. */
const inPodFolder = /^(?<folder>.*\/pods\/[^/]+\/)(etc-hosts$|containers\/[^/]+\/[^/]+$)/;
const ofKubelet = new Set(['/etc/hosts', '/dev/termination-log']);

/** What is mounted in every container, whatever its pod asks for. */
const ofEveryContainer = /^\/$|^\/(proc|sys|dev|etc|run|var\/run)(\/|$)/;

/** The folder of kubelet's that belongs to the pod of this process; undefined where no kubelet started it. */
function podFolder(mounts: readonly Mount[]): string | undefined {
  const roots = mounts.filter(({ point }) => ofKubelet.has(point)).map(({ root }) => root);
  return roots.map((root) => inPodFolder.exec(root)?.groups?.folder).find((folder) => folder !== undefined);
}

/** Whether this process runs in a pod, by what kubelet mounts into each. */
export const isInPod = (mounts: readonly Mount[]): boolean => podFolder(mounts) !== undefined;

/**
 * What keeps a base directory from being one of the node: in a pod, what is not mounted from the node is the container's own,
 * and goes with it. Undefined when there is nothing to say, as outside a pod.
 * @param mount the one that the base directory lies on
 */
export function objectionToPlace(
  mounts: readonly Mount[],
  basePath: string,
  mount = mountAt(mounts, basePath),
): string | undefined {
  const folder = podFolder(mounts);
  if (folder === undefined) return undefined;
  // Such as an emptyDir: it goes with the pod.
  const isOfPod = ({ root }: Mount): boolean => root.startsWith(`${folder}volumes/`);
  if (mount !== undefined && mount.point !== '/' && !isOfPod(mount)) return undefined;
  const others = mounts.filter((other) => !ofEveryContainer.test(other.point) && !isOfPod(other));
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
