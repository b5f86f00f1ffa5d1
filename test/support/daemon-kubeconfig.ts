import { KubeConfig } from '@kubernetes/client-node';
import type { Json } from './api.ts';

const shippedAccount = '/api/v1/namespaces/hostpath-provisioner-system/serviceaccounts/hostpath-provisioner';

/** What is to be different about a kubeconfig of the daemon's. */
export interface KubeconfigChanges {
  server?: string;
  /** The name that the server's certificate has, where its address is another. */
  tlsServerName?: string;
  caData?: string;
  /** Without it, a server that speaks plain HTTP is not accepted. */
  skipTLSVerify?: boolean;
  token?: string;
  /** Path of the ServiceAccount to act as. Default: the shipped one, with the rights of the shipped roles alone. */
  account?: string;
}

/**
 * A kubeconfig that acts as a ServiceAccount.
 * @param post creates an object at a path, as somebody who may ask for tokens
 */
export async function daemonKubeconfig(
  adminKubeconfigPath: string,
  post: (path: string, object: Json) => Promise<Json>,
  { account = shippedAccount, ...changes }: KubeconfigChanges = {},
): Promise<string> {
  const { status } = await post(`${account}/token`, {
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
