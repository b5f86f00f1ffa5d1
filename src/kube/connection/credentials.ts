import { isDeepStrictEqual } from 'node:util';
import { Agent, type buildConnector, type Dispatcher } from 'undici';
import { createConnector } from './connector.ts';
import type { CredentialFiles } from './credential-files.ts';
import { fitForHeader, type Material, readMaterial, type TlsMaterial } from './credential-material.ts';
import { CredentialPlugin, type PluginCredentials, type PluginOptions } from './credential-plugin.ts';
import { impersonationHeaders } from './impersonation.ts';
import type { KubeCluster, KubeUser, ServerConfig, ServerSource } from './kube-config.ts';
import { NotSentError } from './not-sent-error.ts';
import { oidcToken } from './oidc.ts';
import { refusals } from './refusals.ts';

export type Headers = Record<string, string | string[]>;

/** The headers and the TLS connections that authenticate a request. */
export interface Credentials {
  headers: Headers;
  /** For calls. */
  calls: Dispatcher;
  /** For watches: each holds a connection for minutes, which must not be one of those for calls. */
  watches: Dispatcher;
  /** Makes the connections of both. */
  connect: buildConnector.connector;
}

/** Time limits for connecting to the server and for a credential plugin, in milliseconds. */
const connectWithinMs = 10_000;
const pluginWithinMs = 30_000;

export interface CredentialsOptions {
  /** Connections for calls; further calls wait for a free one. */
  connections: number;
  /** Time after which headers and certificates are read again, in milliseconds. */
  maxAgeMs: number;
  environment: NodeJS.ProcessEnv;
  /** Called once for each problem with reading the credentials again while the previous ones are in use. */
  onTrouble: (problem: string) => void;
}

/** Caches the credentials for a few seconds, and connections until the certificates change. */
export class CredentialsCache {
  readonly #source: ServerSource;
  readonly #files: CredentialFiles;
  readonly #options: CredentialsOptions;
  #config: ServerConfig;
  #current: Credentials | undefined;
  #rejected = false;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<Credentials> | undefined;
  /** Settings of the connections of `#current`. */
  #connectedWith: unknown;
  #plugin: { runs: CredentialPlugin; made: Pick<PluginOptions, 'config' | 'cluster'> } | undefined;
  #fromPlugin: PluginCredentials | undefined;
  /** Problems that were reported since credentials were last read without any. */
  readonly #reported = new Set<string>();
  /** Whether the current or last reading had problems. */
  #troubled = false;

  /** @param config the first configuration from the source */
  constructor(config: ServerConfig, source: ServerSource, files: CredentialFiles, options: CredentialsOptions) {
    this.#config = config;
    this.#source = source;
    this.#files = files;
    this.#options = options;
  }

  /** The secret header of the credentials that were read last, fresh or not; empty without one. */
  get secretHeader(): string {
    return String(this.#current?.headers.Authorization ?? '');
  }

  /** The credentials if they are fresh; otherwise `read` them. */
  fresh(): Credentials | undefined {
    return performance.now() - this.#readAt < this.#options.maxAgeMs ? this.#current : undefined;
  }

  /** @throws {NotSentError} when there are no usable credentials */
  read(): Promise<Credentials> {
    this.#reading ??= this.#readNow().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** The server rejected these credentials: the next ones are read again, from another run of the plugin. */
  reject(rejected: Credentials): void {
    if (this.#current?.headers !== rejected.headers) return;
    this.#rejected = true;
    this.#readAt = Number.NEGATIVE_INFINITY;
    if (this.#fromPlugin !== undefined) this.#plugin?.runs.reject(this.#fromPlugin);
  }

  async close(): Promise<void> {
    this.#plugin?.runs.close();
    await Promise.all([this.#current?.calls.destroy(), this.#current?.watches.destroy()]);
  }

  async #readNow(): Promise<Credentials> {
    this.#troubled = false;
    try {
      await this.#readConfig();
      this.#current = await this.#gather(this.#config);
      this.#rejected = false;
      if (!this.#troubled) this.#reported.clear();
    } catch (error) {
      const problem = problemOf(error);
      if (this.#current === undefined || this.#rejected) throw new NotSentError(problem, error);
      this.#report(problem);
    }
    this.#readAt = performance.now();
    return this.#current;
  }

  /** A changed kubeconfig that cannot be used leaves the previous one in use. */
  async #readConfig(): Promise<void> {
    try {
      const config = await this.#source.read();
      if (config === this.#config) return;
      const [refusal] = refusals(config);
      if (refusal !== undefined) throw new Error(refusal);
      const { server } = this.#config.cluster;
      // Another server may be another cluster, which has other volumes.
      if (config.cluster.server !== server) {
        throw new Error(`${config.origin}: the server has changed: restart the daemon to use it instead of ${server}`);
      }
      this.#config = config;
    } catch (error) {
      this.#report(problemOf(error));
    }
  }

  async #gather({ cluster, user, origin }: ServerConfig): Promise<Credentials> {
    if (isWithoutTls(cluster)) return { headers: impersonationHeaders(user), ...this.#dispatchersFor(cluster, noTls) };
    const material = await readMaterial({ cluster, user, origin }, this.#files);
    const plugin = this.#pluginFor(cluster, user, material);
    this.#fromPlugin = await plugin?.credentials();
    const { ca, certificate = this.#fromPlugin?.certificate } = material;
    const authorization = await authorizationOf(user, material.token ?? this.#fromPlugin?.token);
    return {
      headers: {
        ...(authorization === undefined ? {} : { Authorization: authorization }),
        ...impersonationHeaders(user),
      },
      ...this.#dispatchersFor(cluster, { ca, certificate }),
    };
  }

  /** As with kubectl, a user with other credentials needs no plugin. */
  #pluginFor(cluster: KubeCluster, user: KubeUser, material: Material): CredentialPlugin | undefined {
    const { exec: config, username, password } = user;
    if (!config || material.token || material.certificate || username || password) return undefined;
    const made = { config, cluster: clusterForPlugin(cluster, material) };
    if (this.#plugin !== undefined && isDeepStrictEqual(this.#plugin.made, made)) return this.#plugin.runs;
    this.#plugin?.runs.close();
    const { environment } = this.#options;
    const onTrouble = (error: Error) => this.#report(error.message);
    this.#plugin = { runs: new CredentialPlugin({ ...made, environment, withinMs: pluginWithinMs, onTrouble }), made };
    return this.#plugin.runs;
  }

  #dispatchersFor(cluster: KubeCluster, tls: TlsMaterial): Pick<Credentials, 'calls' | 'watches' | 'connect'> {
    const previous = this.#current;
    const connectWith = { cluster, tls };
    if (previous !== undefined && isDeepStrictEqual(connectWith, this.#connectedWith)) {
      return { calls: previous.calls, watches: previous.watches, connect: previous.connect };
    }
    const { connections } = this.#options;
    const connect = createConnector(cluster, tls, connectWithinMs);
    // An API server closes idle connections after 90 s. Ours close earlier, so that no call is sent on a closing one.
    const common = { connect, allowH2: false, keepAliveTimeout: 60_000, keepAliveMaxTimeout: 60_000 };
    const calls = new Agent({ ...common, connections });
    const watches = new Agent(common);
    this.#connectedWith = connectWith;
    // The certificates were renewed: calls on the old connections may finish.
    void previous?.calls.close();
    void previous?.watches.close();
    return { calls, watches, connect };
  }

  #report(problem: string): void {
    this.#troubled = true;
    if (this.#reported.has(problem)) return;
    this.#reported.add(problem);
    this.#options.onTrouble(problem);
  }
}

const noTls: TlsMaterial = { ca: undefined, certificate: undefined };

/** As with kubectl, no secret is sent without TLS, unless the kubeconfig sets insecure-skip-tls-verify. */
function isWithoutTls({ server, skipTLSVerify }: KubeCluster): boolean {
  return server.startsWith('http:') && !skipTLSVerify;
}

async function authorizationOf(user: KubeUser, token: string | undefined): Promise<string | undefined> {
  if (token !== undefined) return `Bearer ${fitForHeader(token)}`;
  const { username, password, authProvider } = user;
  if (username || password) {
    return `Basic ${Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64')}`;
  }
  if (!authProvider) return undefined;
  try {
    return `Bearer ${await oidcToken(authProvider)}`;
  } catch (cause) {
    throw new Error(`auth-provider oidc of user "${user.name}": ${problemOf(cause)}`, { cause });
  }
}

/** Names as in client-go's `pkg/apis/clientauthentication/v1`. */
function clusterForPlugin(cluster: KubeCluster, { caText }: Material): object {
  const { server, tlsServerName, skipTLSVerify, proxyUrl, disableCompression, pluginConfig } = cluster;
  return {
    server,
    ...(tlsServerName ? { 'tls-server-name': tlsServerName } : {}),
    ...(skipTLSVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(caText ? { 'certificate-authority-data': Buffer.from(caText).toString('base64') } : {}),
    ...(proxyUrl ? { 'proxy-url': proxyUrl } : {}),
    ...(disableCompression ? { 'disable-compression': true } : {}),
    ...(pluginConfig === undefined ? {} : { config: pluginConfig }),
  };
}

const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
