import { dirname, isAbsolute, join } from 'node:path';
import { type Cluster, type Context, KubeConfig, type User } from '@kubernetes/client-node';
import { load } from 'js-yaml';
import { StartError } from '../../model/start-error.ts';
import type { CredentialFiles } from './credential-files.ts';
import type { PluginConfig } from './credential-plugin.ts';

/** Where to look for the API server. Settings of the environment are given, not read: only config.ts reads those. */
export interface ConnectionSource {
  /** A kubeconfig file, or several separated by colons, as in KUBECONFIG. Nothing else is looked at then. */
  kubeconfigPath?: string | undefined;
  /** All variables, for credential plugins. Without a file, these matter, too. */
  environment: NodeJS.ProcessEnv & {
    KUBECONFIG?: string | undefined;
    /** Set in every pod, as is the port. */
    KUBERNETES_SERVICE_HOST?: string | undefined;
    KUBERNETES_SERVICE_PORT?: string | undefined;
  };
  /** Where a pod finds its ServiceAccount's token and the cluster's CA. */
  serviceAccountPath?: string;
}

/** What a kubeconfig says of a cluster: the fields that client-node reads, and the others that kubectl honours. */
export interface KubeCluster extends Cluster {
  disableCompression?: boolean | undefined;
  /** What is handed to a credential plugin as it is. */
  pluginConfig?: unknown;
}

/** What a kubeconfig says of a user: the fields that client-node reads, and the others that kubectl honours. */
export interface KubeUser extends User {
  readonly exec?: PluginConfig | null;
  readonly authProvider?: { name?: string; config?: Record<string, string> } | null;
  tokenFile?: string | undefined;
  impersonateUid?: string | undefined;
  impersonateGroups?: string[] | undefined;
  impersonateExtra?: Record<string, string[]> | undefined;
}

/** The API server to talk to, who we are there, and where we know it from. */
export interface ServerConfig {
  cluster: KubeCluster;
  user: KubeUser;
  /** In words, for messages: `kubeconfig /etc/admin.conf`. */
  origin: string;
}

/** Where a server's description comes from. It is read anew whenever credentials are. */
export interface ServerSource {
  /** @throws {StartError} when it does not describe a server any more */
  read(): Promise<ServerConfig>;
}

const defaultServiceAccountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Where a kubeconfig keeps what it has for credential plugins (client-go, clientcmd/client_config.go). */
const pluginExtension = 'client.authentication.k8s.io/exec';

/**
 * Looks for the given file, then KUBECONFIG, then the pod's ServiceAccount. There is no default beyond that: a daemon that
 * deletes volumes must not find some cluster by chance.
 * @throws {StartError}
 */
export function findServer(
  { kubeconfigPath, environment, serviceAccountPath }: ConnectionSource,
  files: CredentialFiles,
): ServerSource {
  const paths = kubeconfigPath ?? environment.KUBECONFIG;
  if (paths) {
    const split = paths.split(':').filter((path) => path !== '');
    return new KubeconfigSource(split, files);
  }
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (host) {
    const config = ofPod(host, port ?? '443', serviceAccountPath ?? defaultServiceAccountPath);
    return { read: async () => config };
  }
  throw new StartError(
    'no Kubernetes API server is configured: no kubeconfig file is given, and KUBERNETES_SERVICE_HOST is not set, so this ' +
      'is no pod. Name a file with --kubeconfig or KUBECONFIG, or run in a pod with a ServiceAccount.',
  );
}

function ofPod(host: string, port: string, serviceAccountPath: string): ServerConfig {
  const address = host.includes(':') ? `[${host}]` : host;
  return {
    cluster: {
      name: 'pod',
      server: `https://${address}:${port}`,
      caFile: join(serviceAccountPath, 'ca.crt'),
      skipTLSVerify: false,
    },
    user: { name: 'serviceaccount', tokenFile: join(serviceAccountPath, 'token') },
    origin: 'the ServiceAccount of this pod',
  };
}

/**
 * Files count as one, as for kubectl: those that do not exist are passed over, and of two entries of one name the first
 * counts. The context is settled when they are read first: who switches it for kubectl later must not send the daemon to
 * another cluster.
 */
class KubeconfigSource implements ServerSource {
  readonly #paths: string[];
  readonly #origin: string;
  readonly #files: CredentialFiles;
  #contextName: string | undefined;
  #texts: (string | undefined)[] = [];
  #config: ServerConfig | undefined;

  constructor(paths: string[], files: CredentialFiles) {
    this.#paths = paths;
    this.#origin = `kubeconfig ${paths.join(':')}`;
    this.#files = files;
  }

  async read(): Promise<ServerConfig> {
    const texts = await Promise.all(this.#paths.map((path) => this.#textOf(path)));
    const unchanged = texts.every((text, index) => text === this.#texts[index]);
    if (this.#config !== undefined && unchanged) return this.#config;
    this.#config = this.#configIn(texts);
    this.#texts = texts;
    return this.#config;
  }

  /** Undefined when the file does not exist. */
  async #textOf(path: string): Promise<string | undefined> {
    try {
      return await this.#files.read(path);
    } catch (cause) {
      const problem = cause as Error;
      if (isMissingFile(problem.cause)) return undefined;
      throw new StartError(`kubeconfig ${path}: ${problem.message}`, { cause });
    }
  }

  #configIn(texts: (string | undefined)[]): ServerConfig {
    const parts = texts.flatMap((text, index) => (text === undefined ? [] : parse(this.#paths[index] ?? '', text)));
    if (parts.length === 0) throw new StartError(`${this.#origin}: no such file`);
    const config = serverIn(parts, this.#origin, this.#contextName);
    this.#contextName ??= currentContext(parts);
    return config;
  }
}

/** What one file holds. */
interface Kubeconfig {
  clusters: KubeCluster[];
  users: KubeUser[];
  contexts: Context[];
  currentContext: string | undefined;
}

/** The fields that client-node leaves out. */
interface RawKubeconfig {
  clusters?: { cluster?: { 'disable-compression'?: boolean; extensions?: { name?: string; extension?: unknown }[] } }[];
  users?: {
    user?: {
      tokenFile?: string;
      'as-uid'?: string;
      'as-groups'?: string[];
      'as-user-extra'?: Record<string, string[]>;
    };
  }[];
}

function parse(path: string, text: string): Kubeconfig {
  const folder = dirname(path);
  const kubeConfig = new KubeConfig();
  let raw: RawKubeconfig;
  try {
    kubeConfig.loadFromString(text);
    raw = load(text) as RawKubeconfig;
  } catch (cause) {
    throw new StartError(yamlProblem(path, cause), { cause });
  }
  kubeConfig.makePathsAbsolute(folder);
  return {
    contexts: kubeConfig.getContexts(),
    currentContext: kubeConfig.getCurrentContext(),
    clusters: kubeConfig.getClusters().map((cluster, index) => {
      const more = raw.clusters?.[index]?.cluster;
      const extension = more?.extensions?.find(({ name }) => name === pluginExtension);
      return { ...cluster, disableCompression: more?.['disable-compression'], pluginConfig: extension?.extension };
    }),
    users: kubeConfig.getUsers().map((user, index) => {
      const more = raw.users?.[index]?.user;
      return {
        ...user,
        exec: withAbsoluteCommand(folder, user.exec),
        tokenFile: more?.tokenFile && absolute(folder, more.tokenFile),
        impersonateUid: more?.['as-uid'],
        impersonateGroups: more?.['as-groups'],
        impersonateExtra: more?.['as-user-extra'],
      };
    }),
  };
}

const absolute = (folder: string, path: string): string => (isAbsolute(path) ? path : join(folder, path));

/** A command with a slash lies beside its kubeconfig; one without is looked for in PATH. */
function withAbsoluteCommand(folder: string, exec: PluginConfig | null | undefined): PluginConfig | null {
  if (!exec) return null;
  return exec.command?.includes('/') ? { ...exec, command: absolute(folder, exec.command) } : exec;
}

const currentContext = (parts: Kubeconfig[]): string | undefined =>
  parts.map((part) => part.currentContext).find((name) => Boolean(name));

function serverIn(parts: Kubeconfig[], origin: string, settledContext: string | undefined): ServerConfig {
  const problem = (text: string) => new StartError(`${origin}: ${text}`);
  const named = <Entry extends { name: string }>(of: (part: Kubeconfig) => Entry[], name: string): Entry | undefined =>
    parts.flatMap(of).find((entry) => entry.name === name);

  const contextName = settledContext ?? currentContext(parts);
  if (!contextName) throw problem('it has no current-context; set one with "kubectl config use-context"');
  const context = named(({ contexts }) => contexts, contextName);
  if (context === undefined) throw problem(`its current-context "${contextName}" is not among its contexts`);
  const cluster = named(({ clusters }) => clusters, context.cluster);
  const user = context.user ? named(({ users }) => users, context.user) : { name: 'anonymous' };
  if (cluster !== undefined && user !== undefined) return { cluster, user, origin };
  throw new StartError([
    ...(cluster ? [] : [`${origin}: the cluster "${context.cluster}" of context "${contextName}" is missing`]),
    ...(user ? [] : [`${origin}: the user "${context.user}" of context "${contextName}" is missing`]),
  ]);
}

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/**
 * Names the file, the line and the cause. It quotes nothing of the file, because any of it may be a secret: a YAML parser
 * shows the lines around the fault, and may quote what stands before it, such as a password that begins with `!`.
 */
function yamlProblem(path: string, error: unknown): string {
  // client-node stumbles over YAML without content with a TypeError that tells a user nothing.
  if (error instanceof TypeError) return `kubeconfig ${path}: it has no content`;
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  const [, cause = first, line, column] = /^(.*?)(?:\s*(?:"|!<|: ).*)? \((\d+):(\d+)\)$/.exec(first) ?? [];
  if (line === undefined) return `kubeconfig ${path}: ${cause}`;
  return `kubeconfig ${path}, line ${line}, column ${column}: it is not YAML: ${cause}`;
}
