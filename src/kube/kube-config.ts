import { join } from 'node:path';
import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node';
import { StartError } from '../model/start-error.ts';

/** Where to look for the API server. Settings of the environment are given, not read: only config.ts reads those. */
export interface ConnectionSource {
  /** A kubeconfig file, or several separated by colons, as in KUBECONFIG. Nothing else is looked at then. */
  kubeconfigPath?: string | undefined;
  /** The variables that matter when no file is given. */
  environment: {
    KUBECONFIG?: string | undefined;
    /** Set in every pod, as is the port. */
    KUBERNETES_SERVICE_HOST?: string | undefined;
    KUBERNETES_SERVICE_PORT?: string | undefined;
  };
  /** Where a pod finds its ServiceAccount's token and the cluster's CA. */
  serviceAccountPath?: string;
}

/** The API server to talk to, who we are there, and where we know it from. */
export interface ServerConfig {
  cluster: Cluster;
  user: User | undefined;
  /** In words, for messages: `kubeconfig /etc/admin.conf`. */
  origin: string;
}

const defaultServiceAccountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Looks for the given file, then KUBECONFIG, then the pod's ServiceAccount. There is no default beyond that: a daemon that
 * deletes volumes must not find some cluster by chance.
 * @throws {StartError}
 */
export function findServer({ kubeconfigPath, environment, serviceAccountPath }: ConnectionSource): ServerConfig {
  const paths = kubeconfigPath ?? environment.KUBECONFIG;
  if (paths) return fromFiles(paths.split(':').filter((path) => path !== ''));
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (host) return fromPod(host, port ?? '443', serviceAccountPath ?? defaultServiceAccountPath);
  throw new StartError(
    'no Kubernetes API server is configured: no kubeconfig file is given, and KUBERNETES_SERVICE_HOST is not set, so this ' +
      'is no pod. Name a file with --kubeconfig or KUBECONFIG, or run in a pod with a ServiceAccount.',
  );
}

function fromPod(host: string, port: string, serviceAccountPath: string): ServerConfig {
  const address = host.includes(':') ? `[${host}]` : host;
  return {
    cluster: {
      name: 'pod',
      server: `https://${address}:${port}`,
      caFile: join(serviceAccountPath, 'ca.crt'),
      skipTLSVerify: false,
    },
    user: {
      name: 'serviceaccount',
      authProvider: { name: 'tokenFile', config: { tokenFile: join(serviceAccountPath, 'token') } },
    },
    origin: 'the ServiceAccount of this pod',
  };
}

/** Several files count as one, as for kubectl: those that do not exist are passed over, and the first context wins. */
function fromFiles(paths: string[]): ServerConfig {
  const origin = `kubeconfig ${paths.join(':')}`;
  const [first, ...others] = paths.map(loadFile).filter((loaded) => loaded !== undefined);
  if (first === undefined) throw new StartError(`${origin}: no such file`);
  try {
    for (const other of others) first.mergeConfig(other, Boolean(first.currentContext));
  } catch (cause) {
    throw new StartError(`${origin}: ${messageOf(cause)}`, { cause });
  }
  return serverOf(first, origin);
}

/** Undefined when the file does not exist. */
function loadFile(path: string): KubeConfig | undefined {
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromFile(path);
  } catch (cause) {
    if (isMissingFile(cause, path)) return undefined;
    // client-node stumbles over YAML without content with a TypeError that tells a user nothing.
    const problem = cause instanceof TypeError ? 'it has no content' : messageOf(cause);
    throw new StartError(`kubeconfig ${path}: ${problem}`, { cause });
  }
  return kubeConfig;
}

function serverOf(kubeConfig: KubeConfig, origin: string): ServerConfig {
  const problem = (text: string) => new StartError(`${origin}: ${text}`);
  const contextName = kubeConfig.getCurrentContext();
  if (!contextName) throw problem('it has no current-context; set one with "kubectl config use-context"');
  const context = kubeConfig.getContextObject(contextName);
  if (context === null) throw problem(`its current-context "${contextName}" is not among its contexts`);
  const cluster = kubeConfig.getCluster(context.cluster);
  if (cluster === null) throw problem(`the cluster "${context.cluster}" of context "${contextName}" is missing`);
  const user = context.user ? kubeConfig.getUser(context.user) : undefined;
  if (user === null) throw problem(`the user "${context.user}" of context "${contextName}" is missing`);
  if (!URL.canParse(cluster.server)) throw problem(`the server of cluster "${cluster.name}" is no URL`);
  const { username, password } = new URL(cluster.server);
  if (username !== '' || password !== '') {
    throw problem(`the server of cluster "${cluster.name}" has a user in its URL; name it among the users instead`);
  }
  return { cluster, user, origin };
}

function isMissingFile(error: unknown, path: string): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT' && 'path' in error && error.path === path;
}

/**
 * The first line: below it, a YAML parser shows the lines around the fault, which may hold a secret. So may what it quotes
 * of the file before the position, such as a password that begins with `!`.
 */
function messageOf(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return first.replace(/\s*("|!<|: ).*(?= \(\d+:\d+\)$)/, '');
}
