import type { TestCluster } from '../e2e/test-cluster.ts';
import type { Answer } from '../support/api.ts';

/** Asks the daemon what it serves over HTTP, through the API server. */
export async function askDaemon(cluster: TestCluster, path: 'readyz' | 'metrics'): Promise<Answer> {
  const { metadata } = await cluster.daemonPod();
  const pod = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}:8080`;
  return await cluster.api.send('GET', `${pod}/proxy/${path}`);
}
