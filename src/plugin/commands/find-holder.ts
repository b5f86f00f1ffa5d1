import { createKubeApi } from '../../kube/calls/client.ts';
import { volumeOf } from '../../model/volume.ts';
import { readDirectories } from '../cluster/ask-daemons.ts';
import type { OpenCluster } from '../cluster/open-cluster.ts';
import { attempt } from '../cluster/problem.ts';
import { problemsIn } from '../output/problems.ts';
import { type Daemon, foundIn, type Overview } from '../overview.ts';
import { readOverview } from '../read-overview.ts';
import { nodeOf } from '../rows/node-of.ts';

const allNodes = { namespace: undefined, labelSelector: undefined, node: undefined };

/**
 * The daemon of the node that has the directory of a volume: in use, in the trash, or kept without a volume. The daemons are asked
 * in this order, and commands are run in their pods only if the first two do not tell.
 */
export async function findHolder(
  volume: string,
  { connection, sources }: Pick<OpenCluster, 'connection' | 'sources'>,
): Promise<Daemon | { problems: string[] }> {
  const [object, overview] = await Promise.all([
    // Whoever may not read it can still find the directory in the trash.
    attempt('get persistentvolumes', () => createKubeApi(connection).readVolume(volume)),
    readOverview(sources, allNodes, ['daemons', 'statuses']),
  ]);
  const daemons = foundIn(overview.daemons);
  if (daemons === undefined) return { problems: problemsIn(overview) };
  const registered = foundIn(object);
  const node = (registered && nodeOf(volumeOf(registered))) ?? nodeOfTrash(overview, volume);
  if (node !== undefined) return daemonOn(node, daemons);

  const directories = await readDirectories(sources, daemons, overview.statuses);
  const holder = [...directories].find(([, read]) =>
    foundIn(read)?.baseDirectories.some(({ trash, kept }) => [...trash, ...kept].some((one) => one.volume === volume)),
  );
  if (holder !== undefined) return daemonOn(holder[0], daemons);
  return {
    problems: [
      ...problemsIn({ ...overview, directories }),
      `no node has a directory of volume ${volume}: "kubectl hostpath-provisioner trash" and "orphans" list what can be restored`,
    ],
  };
}

/** @returns why no daemon can be asked to restore the volume, if there is none on the node */
export function daemonOn(node: string, daemons: readonly Daemon[]): Daemon | { problems: string[] } {
  const daemon = daemons.find((one) => one.node === node);
  if (daemon !== undefined) return daemon;
  return { problems: [`node ${node} has no daemon: "kubectl hostpath-provisioner doctor" says why`] };
}

function nodeOfTrash({ statuses }: Overview, volume: string): string | undefined {
  const holder = [...statuses].find(([, status]) =>
    foundIn(status)?.baseDirectories.some(({ trash }) => trash.volumes.some((one) => one.volume === volume)),
  );
  return holder?.[0];
}
