import { KubeConfig } from '@kubernetes/client-node';
import type { Json } from './api.ts';

const serviceAccount = '/api/v1/namespaces/hostpath-provisioner-system/serviceaccounts/hostpath-provisioner';

/**
 * A kubeconfig that acts as the daemon's ServiceAccount, with the rights of the shipped roles alone.
 * @param post creates an object at a path, as somebody who may ask for tokens
 * @param changes what is to be wrong with it
 */
export async function daemonKubeconfig(
  adminKubeconfigPath: string,
  post: (path: string, object: Json) => Promise<Json>,
  changes: { server?: string; caData?: string; token?: string } = {},
): Promise<string> {
  const { status } = await post(`${serviceAccount}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3_600 },
  });
  const config = new KubeConfig();
  config.loadFromFile(adminKubeconfigPath);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`${adminKubeconfigPath} has no current cluster`);
  const { token = status.token, ...clusterChanges } = changes;
  config.loadFromClusterAndUser({ ...cluster, ...clusterChanges }, { name: 'daemon', token });
  return config.exportConfig();
}
