import type { Dispatcher } from 'undici';
import { StartError } from '../model/start-error.ts';
import { type Credentials, CredentialsCache } from './credentials.ts';
import { type ConnectionSource, findServer, type ServerConfig } from './kube-config.ts';
import { redact } from './redact.ts';

/** One request, as it goes out. */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path and query, without what the server's URL has before them. */
  path: string;
  /** JSON text. */
  body?: string | undefined;
  contentType?: string | undefined;
  accept?: string | undefined;
  /** Ends the request, its answer included. */
  signal: AbortSignal;
  /** Watches have connections of their own. */
  forWatch?: boolean;
}

/** Requests to one API server, authenticated. */
export interface Connection {
  /** The server's URL. */
  readonly server: string;
  /**
   * Sends a request and returns the answer, whatever its status; its body must be read or dumped. When the server does
   * not take our credentials (401), they are read anew and the request is sent once more. Has no time limit of its own.
   */
  send(request: ApiRequest): Promise<Dispatcher.ResponseData>;
  /** The text of an answer, fit to be shown: without our credentials, which a server may repeat. */
  redact(text: string): string;
  /** Ends every request at once. */
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** Connections for calls; more calls than that wait for one. Default 64. */
  connections?: number;
  /** Time to reach the server. Default 10 s. */
  connectTimeoutMs?: number;
  /** How long tokens and certificates serve before they are read again. Default 5 s. */
  credentialsMaxAgeMs?: number;
  userAgent?: string;
}

/**
 * Finds the API server and reads the credentials once, so that what is wrong with them is known at once.
 * The server itself need not answer yet.
 * @throws {StartError}
 */
export async function openConnection(source: ConnectionSource, options: ConnectionOptions = {}): Promise<Connection> {
  const config = findServer(source);
  const credentials = new CredentialsCache(config, {
    connections: options.connections ?? 64,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    maxAgeMs: options.credentialsMaxAgeMs ?? 5_000,
  });
  try {
    await credentials.read();
  } catch (cause) {
    throw new StartError(credentialsProblem(config, cause), { cause });
  }
  return new UndiciConnection(config, credentials, options.userAgent ?? 'hostpath-provisioner');
}

function credentialsProblem({ origin, cluster, user }: ServerConfig, cause: unknown): string {
  const problem = cause instanceof Error ? cause.message : String(cause);
  const whose = `the credentials of user "${user?.name ?? 'anonymous'}" for ${cluster.server}`;
  return `${origin}: ${whose} cannot be used: ${problem}`;
}

class UndiciConnection implements Connection {
  readonly server: string;
  readonly #origin: string;
  readonly #basePath: string;
  readonly #credentials: CredentialsCache;
  readonly #userAgent: string;

  constructor({ cluster }: ServerConfig, credentials: CredentialsCache, userAgent: string) {
    const url = new URL(cluster.server);
    this.server = cluster.server;
    this.#origin = url.origin;
    this.#basePath = url.pathname.replace(/\/$/, '');
    this.#credentials = credentials;
    this.#userAgent = userAgent;
  }

  async send(request: ApiRequest): Promise<Dispatcher.ResponseData> {
    const credentials = await this.#credentialsFor(request);
    const answer = await this.#sendWith(credentials, request);
    if (answer.statusCode !== 401) return answer;
    await answer.body.dump();
    this.#credentials.reject(credentials);
    return this.#sendWith(await this.#credentialsFor(request), request);
  }

  redact(text: string): string {
    return redact(text, this.#credentials.headers);
  }

  close(): Promise<void> {
    return this.#credentials.close();
  }

  #credentialsFor({ signal }: ApiRequest): Credentials | Promise<Credentials> {
    return this.#credentials.fresh() ?? unlessAborted(this.#credentials.read(), signal);
  }

  #sendWith(credentials: Credentials, request: ApiRequest): Promise<Dispatcher.ResponseData> {
    const { method, path, body, signal, accept, contentType, forWatch } = request;
    return (forWatch ? credentials.watches : credentials.calls).request({
      origin: this.#origin,
      path: this.#basePath + path,
      method,
      headers: {
        ...credentials.headers,
        accept: accept ?? 'application/json',
        'user-agent': this.#userAgent,
        ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
      },
      body: body ?? null,
      signal,
      // The signal is the time limit.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }
}

/** A credential plugin may take for ever; the request that waits for it may not. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
