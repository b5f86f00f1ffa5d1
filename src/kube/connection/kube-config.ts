import { dirname, isAbsolute, join } from 'node:path';
import { type Cluster, type Context, KubeConfig, type User } from '@kubernetes/client-node';
import { load } from 'js-yaml';
import { StartError } from '../../model/start-error.ts';
import type { CredentialFiles } from './credential-files.ts';
import type { PluginConfig } from './credential-plugin.ts';
import { PodSource } from './pod-source.ts';

/** Where to find the configuration of the API server. Only main.ts reads the environment, and passes it on. */
export interface ConnectionSource {
  /** A kubeconfig file, or several separated by colons, as in KUBECONFIG. Nothing else is used then. */
  kubeconfigPath?: string | undefined;
  /** A kubeconfig file that is used if it exists, and none is named otherwise. The daemon has no such file. */
  personalPath?: string | undefined;
  /** A context of the kubeconfig, in place of its current one. */
  contextName?: string | undefined;
  /** Passed to credential plugins. Without a file, the variables KUBECONFIG and KUBERNETES_SERVICE_* count. */
  environment: NodeJS.ProcessEnv;
  /** Directory in a pod with the ServiceAccount's token and the cluster's CA. */
  serviceAccountPath?: string | undefined;
}

/** A cluster in a kubeconfig: the fields that client-node reads, and the others that kubectl uses. */
export interface KubeCluster extends Cluster {
  disableCompression?: boolean | undefined;
  /** Passed to a credential plugin unchanged. */
  pluginConfig?: unknown;
}

/** A user in a kubeconfig: the fields that client-node reads, and the others that kubectl uses. */
export interface KubeUser extends User {
  readonly exec?: PluginConfig | null;
  readonly authProvider?: { name?: string; config?: Record<string, string> } | null;
  tokenFile?: string | undefined;
  impersonateUid?: string | undefined;
  impersonateGroups?: string[] | undefined;
  impersonateExtra?: Record<string, string[]> | undefined;
}

/** The API server, our user there, and where both are configured. */
export interface ServerConfig {
  cluster: KubeCluster;
  user: KubeUser;
  /** For messages: `kubeconfig /etc/admin.conf`. */
  origin: string;
  /** Namespace of the context, or of the pod; undefined if none is set. */
  namespace?: string | undefined;
}

/** The source of a server's configuration. It is read again whenever credentials are. */
export interface ServerSource {
  /** @throws {StartError} when it no longer describes a server */
  read(): Promise<ServerConfig>;
}

/** The extension of a kubeconfig with the configuration for credential plugins (client-go, clientcmd/client_config.go). */
const pluginExtension = 'client.authentication.k8s.io/exec';

/** Names the personal file if it is the one to use. kubectl, too, prefers it to the ServiceAccount of a pod. */
export async function withPersonalFile(source: ConnectionSource, files: CredentialFiles): Promise<ConnectionSource> {
  const { kubeconfigPath, personalPath, environment } = source;
  if (kubeconfigPath || environment.KUBECONFIG || !personalPath || !(await files.exists(personalPath))) return source;
  return { ...source, kubeconfigPath: personalPath };
}

/**
 * Uses the given file, or KUBECONFIG, or the pod's ServiceAccount. There is no other default: a daemon that deletes volumes
 * must not connect to a cluster by accident.
 * @throws {StartError}
 */
export function findServer(
  { kubeconfigPath, contextName, environment, serviceAccountPath }: ConnectionSource,
  files: CredentialFiles,
): ServerSource {
  const paths = kubeconfigPath ?? environment.KUBECONFIG;
  if (paths) {
    const split = paths.split(':').filter((path) => path !== '');
    return new KubeconfigSource(split, files, contextName);
  }
  const { KUBERNETES_SERVICE_HOST: host } = environment;
  if (contextName !== undefined) {
    throw new StartError(`there is no context "${contextName}", because there is no kubeconfig file: set --kubeconfig`);
  }
  if (host) return new PodSource(host, { environment, serviceAccountPath }, files);
  throw new StartError(
    'no API server is configured: no kubeconfig file is given, and this is not a pod because KUBERNETES_SERVICE_HOST is ' +
      'not set. Set --kubeconfig or KUBECONFIG, or run in a pod with a ServiceAccount',
  );
}

/**
 * Merges the files as kubectl does: missing files are ignored, and of two entries with one name the first counts. The
 * context of the first reading stays in use: switching it for kubectl must not send the daemon to another cluster.
 */
class KubeconfigSource implements ServerSource {
  readonly #paths: string[];
  readonly #origin: string;
  readonly #files: CredentialFiles;
  #contextName: string | undefined;
  #texts: (string | undefined)[] = [];
  #config: ServerConfig | undefined;

  constructor(paths: string[], files: CredentialFiles, contextName?: string) {
    this.#contextName = contextName;
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

/** The content of one file. */
interface Kubeconfig {
  clusters: KubeCluster[];
  users: KubeUser[];
  contexts: Context[];
  currentContext: string | undefined;
}

/** The fields that client-node ignores. */
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
  const directory = dirname(path);
  const kubeConfig = new KubeConfig();
  let raw: RawKubeconfig;
  try {
    kubeConfig.loadFromString(text);
    raw = load(text) as RawKubeconfig;
  } catch (cause) {
    throw new StartError(yamlProblem(path, cause), { cause });
  }
  kubeConfig.makePathsAbsolute(directory);
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
        exec: withAbsoluteCommand(directory, user.exec),
        tokenFile: more?.tokenFile && absolute(directory, more.tokenFile),
        impersonateUid: more?.['as-uid'],
        impersonateGroups: more?.['as-groups'],
        impersonateExtra: more?.['as-user-extra'],
      };
    }),
  };
}

const absolute = (directory: string, path: string): string => (isAbsolute(path) ? path : join(directory, path));

/** A relative path with a slash is relative to the kubeconfig; a name without a slash is searched in PATH. */
function withAbsoluteCommand(directory: string, exec: PluginConfig | null | undefined): PluginConfig | null {
  if (!exec) return null;
  return exec.command?.includes('/') ? { ...exec, command: absolute(directory, exec.command) } : exec;
}

const currentContext = (parts: Kubeconfig[]): string | undefined =>
  parts.map((part) => part.currentContext).find((name) => Boolean(name));

function serverIn(parts: Kubeconfig[], origin: string, contextInUse: string | undefined): ServerConfig {
  const problem = (text: string) => new StartError(`${origin}: ${text}`);
  const named = <Entry extends { name: string }>(of: (part: Kubeconfig) => Entry[], name: string): Entry | undefined =>
    parts.flatMap(of).find((entry) => entry.name === name);

  const contextName = contextInUse ?? currentContext(parts);
  if (!contextName) throw problem('it has no current-context: set one with "kubectl config use-context"');
  const context = named(({ contexts }) => contexts, contextName);
  if (context === undefined) throw problem(noSuchContext(contextName, parts));
  const cluster = named(({ clusters }) => clusters, context.cluster);
  const user = context.user ? named(({ users }) => users, context.user) : { name: 'anonymous' };
  if (cluster !== undefined && user !== undefined) return { cluster, user, origin, namespace: context.namespace };
  throw new StartError([
    ...(cluster ? [] : [`${origin}: the cluster "${context.cluster}" of context "${contextName}" is missing`]),
    ...(user ? [] : [`${origin}: the user "${context.user}" of context "${contextName}" is missing`]),
  ]);
}

function noSuchContext(name: string, parts: Kubeconfig[]): string {
  if (name === currentContext(parts)) return `its current-context "${name}" is not among its contexts`;
  const names = parts.flatMap(({ contexts }) => contexts.map((context) => context.name));
  return `it has no context "${name}", but ${names.join(', ') || 'none at all'}`;
}

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/**
 * Names the file, the line and the cause. It quotes nothing of the file, because any part may be a secret. A YAML parser
 * shows the lines around the error, and may quote the text before it, such as a password that begins with `!`.
 */
function yamlProblem(path: string, error: unknown): string {
  // For YAML without content, client-node throws a TypeError that does not help a user.
  if (error instanceof TypeError) return `kubeconfig ${path}: it has no content`;
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  const [, cause = first, line, column] = /^(.*?)(?:\s*(?:"|!<|: ).*)? \((\d+):(\d+)\)$/.exec(first) ?? [];
  if (line === undefined) return `kubeconfig ${path}: ${cause}`;
  return `kubeconfig ${path}, line ${line}, column ${column}: it is not YAML: ${cause}`;
}
