import { openCluster } from '../cluster/open-cluster.ts';
import type { Invocation } from '../command-line/read-arguments.ts';
import { lists } from '../lists/lists.ts';
import type { Output } from '../output/output.ts';
import type { End } from './end.ts';
import { runList } from './list-command.ts';
import { runVersion } from './version-command.ts';

/** Runs a command on the cluster that its flags choose. @throws {StartError} if the cluster is not configured correctly */
export async function runCommand(
  { command, argument = '', given }: Invocation,
  environment: NodeJS.ProcessEnv,
  output: Output,
): Promise<End> {
  const { kubeconfig: kubeconfigPath, context: contextName } = given;
  const open = () => openCluster({ kubeconfigPath, contextName }, environment);
  if (command === 'version') return await runVersion(open, output);
  await using cluster = await open();
  switch (command) {
    case 'volumes':
      return await runList(lists.volumes, given, cluster, output);
    case 'nodes':
      return await runList(lists.nodes, given, cluster, output);
    case 'trash':
      return await runList(lists.trash, given, cluster, output);
    case 'orphans':
      return await runList(lists.orphans, given, cluster, output);
    case 'where': {
      const { runWhere } = await import('./where-command.ts');
      return await runWhere(argument, given, cluster, output);
    }
    case 'restore': {
      const { runRestore } = await import('./restore-command.ts');
      return await runRestore(argument, given, cluster, output);
    }
    case 'doctor': {
      const { runDoctor } = await import('./doctor-command.ts');
      return await runDoctor(given, cluster, output);
    }
    case 'ui': {
      const { runUi } = await import('./ui-command.ts');
      return await runUi(given, cluster, output);
    }
  }
}
