import { version } from '../../model/version.ts';
import type { OpenCluster } from '../cluster/open-cluster.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import { problemsIn } from '../output/problems.ts';
import { foundIn } from '../overview.ts';
import { readOverview } from '../read-overview.ts';
import { type End, ended } from './end.ts';

const allNodes = { namespace: undefined, labelSelector: undefined, node: undefined };

/**
 * Prints the version of the plugin, and each version of the daemons with the number of nodes that have it.
 * @param open is called after the first line, which needs no cluster
 */
export async function runVersion(open: () => Promise<OpenCluster>, { say, warn }: Output): Promise<End> {
  say(`plugin    ${version}`);
  await using cluster = await open();
  const overview = await readOverview(cluster.sources, allNodes, ['daemons', 'statuses']);
  const versions = [...overview.statuses.values()].map((status) => foundIn(status)?.version ?? '<unknown>');
  const groups = Map.groupBy(versions.toSorted(), (one) => one);
  for (const [one, { length }] of groups) {
    say(`daemons   ${printable(one)} on ${length} ${length === 1 ? 'node' : 'nodes'}`);
  }
  if (groups.size === 0 && 'found' in overview.daemons) say('daemons   none');
  for (const problem of problemsIn(overview)) warn(problem);
  return ended;
}
