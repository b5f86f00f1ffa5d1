import type { Dispatcher } from 'undici';
import { StartError } from '../model/start-error.ts';
import { type Credentials, CredentialsCache } from './credentials.ts';
import { type ApiAnswer, exchange, type Limits, remaining } from './exchange.ts';
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
}

/**
 * Requests to one API server, authenticated. When the server does not take our credentials (401), they are read anew and the
 * request is sent once more.
 */
export interface Connection {
  /** The server's URL. */
  readonly server: string;
  /** Sends a request and returns the answer, whatever its status. */
  call(request: ApiRequest, limits: Limits): Promise<ApiAnswer>;
  /**
   * The same for an answer that comes bit by bit, over connections of their own. Its body must be read or dumped; the signal
   * is the only limit.
   */
  watch(request: ApiRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData>;
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

  call(request: ApiRequest, limits: Limits): Promise<ApiAnswer> {
    const left = remaining(limits);
    const send = (credentials: Credentials) =>
      exchange(credentials.calls, this.#outgoing(request, credentials), left());
    const refused = async () => undefined;
    return this.#authenticated(send, refused, () => limitedBy(left()));
  }

  watch(request: ApiRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const send = (credentials: Credentials) =>
      // The signal is the time limit.
      credentials.watches.request({
        ...this.#outgoing(request, credentials),
        signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
    return this.#authenticated(
      send,
      ({ body }) => body.dump(),
      () => signal,
    );
  }

  redact(text: string): string {
    return redact(text, this.#credentials.headers);
  }

  close(): Promise<void> {
    return this.#credentials.close();
  }

  /** @param limit made only when it is needed, which is seldom */
  async #authenticated<Answer extends { statusCode: number }>(
    send: (credentials: Credentials) => Promise<Answer>,
    discard: (refused: Answer) => Promise<void>,
    limit: () => AbortSignal,
  ): Promise<Answer> {
    const read = () => unlessAborted(this.#credentials.read(), limit());
    const credentials = this.#credentials.fresh() ?? (await read());
    const answer = await send(credentials);
    if (answer.statusCode !== 401) return answer;
    await discard(answer);
    this.#credentials.reject(credentials);
    return send(this.#credentials.fresh() ?? (await read()));
  }

  #outgoing({ method, path, body, accept, contentType }: ApiRequest, { headers }: Credentials) {
    return {
      origin: this.#origin,
      path: this.#basePath + path,
      method,
      headers: {
        ...headers,
        accept: accept ?? 'application/json',
        'user-agent': this.#userAgent,
        ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
      },
      body: body ?? null,
    };
  }
}

function limitedBy({ timeoutMs, signal }: Limits): AbortSignal {
  const limit = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? limit : AbortSignal.any([limit, signal]);
}

/** A credential plugin may take for ever; who waits for it may not. @throws the signal's reason, once it is aborted */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
