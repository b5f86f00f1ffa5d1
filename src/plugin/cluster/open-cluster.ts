import { join } from 'node:path';
import { type Connection, openConnection } from '../../kube/connection/connection.ts';
import { apiSources } from './api-sources.ts';
import type { Sources } from './sources.ts';

/** Which cluster to connect to. */
export interface ClusterChoice {
  kubeconfigPath?: string | undefined;
  contextName?: string | undefined;
}

export interface OpenCluster extends AsyncDisposable {
  connection: Connection;
  sources: Sources;
  /** The namespace that counts where none is given. */
  namespace: string;
}

/** Opens the cluster that kubectl would use: the given file, KUBECONFIG, `~/.kube/config`, or the one of this pod. @throws {StartError} */
export async function openCluster(choice: ClusterChoice, environment: NodeJS.ProcessEnv): Promise<OpenCluster> {
  const { HOME: home } = environment;
  const personalPath = home ? join(home, '.kube/config') : undefined;
  const connection = await openConnection({ ...choice, personalPath, environment });
  return {
    connection,
    sources: apiSources(connection),
    namespace: connection.namespace ?? 'default',
    [Symbol.asyncDispose]: () => connection.close(),
  };
}
