import { isVolumeName } from '../../model/names.ts';
import { runRight } from '../cluster/ask-daemons.ts';
import type { OpenCluster } from '../cluster/open-cluster.ts';
import { problemOf } from '../cluster/problem.ts';
import type { Output } from '../output/output.ts';
import { printableLines } from '../output/printable.ts';
import { problemsIn } from '../output/problems.ts';
import { type Daemon, foundIn } from '../overview.ts';
import { readOverview } from '../read-overview.ts';
import { type End, ended, failed, misused } from './end.ts';
import { daemonOn, findHolder } from './find-holder.ts';

/** A directory with many files takes no longer: it is renamed. In milliseconds. */
const restoreWithinMs = 120_000;

type Cluster = Pick<OpenCluster, 'connection' | 'sources'>;

/** Runs the daemon's own command `restore` on the node that has the directory, and prints its steps. */
export async function runRestore(
  volume: string,
  { claim = '', node }: { claim?: string; node?: string },
  cluster: Cluster,
  { say }: Output,
): Promise<End> {
  if (!isVolumeName(volume)) {
    return misused(`${JSON.stringify(volume)} is not a volume name: "kubectl hostpath-provisioner trash" lists them`);
  }
  try {
    const daemon = await (node === undefined ? findHolder(volume, cluster) : daemonOf(node, cluster));
    if ('problems' in daemon) return failed(...daemon.problems);
    const command = ['hostpath-provisioner', 'restore', volume, '--claim', claim];
    const { exitCode, stdout, stderr } = await cluster.sources.run(daemon, command, restoreWithinMs);
    if (stdout !== '') say(printableLines(stdout.trimEnd()));
    return exitCode === 0 ? ended : failed(...complaintsIn(stderr));
  } catch (error) {
    return failed(problemOf(error, runRight));
  }
}

async function daemonOf(node: string, { sources }: Cluster): Promise<Daemon | { problems: string[] }> {
  const overview = await readOverview(sources, { namespace: undefined, labelSelector: undefined, node }, ['daemons']);
  const daemons = foundIn(overview.daemons);
  return daemons === undefined ? { problems: problemsIn(overview) } : daemonOn(node, daemons);
}

/** Each line of the daemon's command begins with the name that lines here begin with, too. */
const complaintsIn = (stderr: string): string[] =>
  stderr
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^hostpath-provisioner: /, ''));
