import type { AgentOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { type Cluster, HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { ServerConfig } from './kube-config.ts';

/** What a request needs to be let in: headers, and connections that show the right certificates. */
export interface Credentials {
  headers: Record<string, string>;
  /** For calls, which come and go. */
  calls: Dispatcher;
  /** For watches, which each hold a connection for minutes and must not take one from a call. */
  watches: Dispatcher;
}

export interface CredentialsOptions {
  /** Connections for calls; more calls than that wait for one. */
  connections: number;
  connectTimeoutMs: number;
  /** How long headers and certificates serve before they are read again. */
  maxAgeMs: number;
}

/**
 * Credentials as client-node makes them from files, plugins and providers. client-node would read them and open a new
 * connection for every call: here they are kept for a few seconds, and connections for as long as the certificates stay
 * the same.
 */
export class CredentialsCache {
  readonly #config: ServerConfig;
  readonly #options: CredentialsOptions;
  #kubeConfig: KubeConfig | undefined;
  #current: Credentials | undefined;
  #readAt = 0;
  #reading: Promise<Credentials> | undefined;
  #tls: AgentOptions | undefined;

  constructor(config: ServerConfig, options: CredentialsOptions) {
    this.#config = config;
    this.#options = options;
  }

  /** The headers of the credentials that were read last, fresh or not. */
  get headers(): Record<string, string> {
    return this.#current?.headers ?? {};
  }

  /** The credentials, if they are fresh enough; else `read` them. */
  fresh(): Credentials | undefined {
    return performance.now() - this.#readAt < this.#options.maxAgeMs ? this.#current : undefined;
  }

  read(): Promise<Credentials> {
    this.#reading ??= this.#readNow().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** The server does not take these credentials any more: the next ones are read anew, past client-node's own caches. */
  reject(rejected: Credentials): void {
    if (this.#current?.headers !== rejected.headers) return;
    this.#readAt = Number.NEGATIVE_INFINITY;
    this.#kubeConfig = undefined;
  }

  async close(): Promise<void> {
    await Promise.all([this.#current?.calls.destroy(), this.#current?.watches.destroy()]);
  }

  async #readNow(): Promise<Credentials> {
    this.#kubeConfig ??= kubeConfigFor(this.#config);
    let tls: AgentOptions = {};
    replaceCreateDispatcher(this.#kubeConfig, (options) => {
      tls = options;
    });
    const context = new RequestContext(this.#config.cluster.server, HttpMethod.GET);
    await this.#kubeConfig.applySecurityAuthentication(context).catch(throwWithoutQuotation);
    this.#current = { headers: context.getHeaders(), ...this.#dispatchersFor(tls) };
    this.#readAt = performance.now();
    return this.#current;
  }

  #dispatchersFor(tls: AgentOptions): Pick<Credentials, 'calls' | 'watches'> {
    const previous = this.#current;
    if (previous !== undefined && isDeepStrictEqual(tls, this.#tls)) {
      return { calls: previous.calls, watches: previous.watches };
    }
    const { connections } = this.#options;
    const calls = this.#createDispatcher(tls, { connections });
    const watches = this.#createDispatcher(tls, {});
    this.#tls = tls;
    // Renewed certificates: what runs on the old connections may end there.
    void previous?.calls.close();
    void previous?.watches.close();
    return { calls, watches };
  }

  #createDispatcher(tls: AgentOptions, limits: { connections?: number }): Dispatcher {
    const { cluster } = this.#config;
    const kubeConfig = kubeConfigFor(this.#config);
    const options = kubeConfig.createDispatcherOptions(cluster, tls);
    // HTTP/2 would put every call and watch on one connection, which takes them all along when it dies.
    // An API server closes idle connections after 90 s: ours close first, so that no call is sent on a closing one.
    const common = { ...limits, allowH2: false, keepAliveTimeout: 60_000, keepAliveMaxTimeout: 60_000 };
    const connect = {
      timeout: this.#options.connectTimeoutMs,
      // Probes after 15 s of silence, then each second, ten times (libuv's figures): a peer that is gone without a word
      // is found after 25 s.
      keepAlive: true,
      keepAliveInitialDelay: 15_000,
    };
    switch (options.type) {
      case 'none':
        return new Agent({ ...common, connect });
      case 'agent':
        return new Agent({ ...common, connect: { ...connect, ...secured(tls) } });
      case 'proxy':
        return new ProxyAgent({ ...common, uri: options.uri, connect, requestTls: { ...connect, ...secured(tls) } });
      case 'socks':
        // Only client-node's own dispatcher speaks SOCKS; it is private there.
        return (kubeConfig as unknown as DispatcherMaker).createDispatcher(cluster, tls);
    }
  }
}

/** What TypeScript hides of a KubeConfig. */
interface DispatcherMaker {
  createDispatcher(cluster: Cluster | null, tls: AgentOptions): Dispatcher;
}

function kubeConfigFor({ cluster, user }: ServerConfig): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(cluster, user ?? { name: 'anonymous' });
  return kubeConfig;
}

/**
 * client-node 2.0.1 makes a new Agent, and so a new connection, for every call; `createDispatcher` is where. It is private
 * to TypeScript, so that a subclass cannot replace it.
 */
function replaceCreateDispatcher(kubeConfig: KubeConfig, take: (tls: AgentOptions) => void): void {
  Object.defineProperty(kubeConfig, 'createDispatcher', {
    value: (_cluster: Cluster | null, tls: AgentOptions) => take(tls),
    configurable: true,
  });
}

/** An error about JSON quotes it: here what a credential plugin printed, which may be a bare token. */
function throwWithoutQuotation(error: unknown): never {
  throw error instanceof SyntaxError ? new Error('what its credential plugin printed is not JSON') : error;
}

/** Certificates parsed once instead of for every connection. @throws {Error} if they are not PEM or do not match */
function secured({ ca, cert, key, passphrase, servername, rejectUnauthorized }: AgentOptions) {
  return {
    secureContext: createSecureContext({ ca, cert, key, passphrase }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}
