import type { Logger } from 'pino';
import type { Dispatcher } from 'undici';
import { StartError } from '../../model/start-error.ts';
import { CredentialFiles } from './credential-files.ts';
import { MaterialError, readMaterial } from './credential-material.ts';
import { type Credentials, CredentialsCache } from './credentials.ts';
import { type ApiAnswer, exchange, type Limits, remaining } from './exchange.ts';
import { type ConnectionSource, findServer, type ServerConfig } from './kube-config.ts';
import { NotSentError } from './not-sent-error.ts';
import { ReachLog } from './reach-log.ts';
import { redact } from './redact.ts';
import { refusals } from './refusals.ts';
import { unlessAborted } from './unless-aborted.ts';

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
  /** How long credentials serve before kubeconfig, tokens and certificates are read again. Default 5 s. */
  credentialsMaxAgeMs?: number;
  /** Longest run of a credential plugin. Default 30 s. */
  pluginTimeoutMs?: number;
  userAgent?: string;
  /** Told when the server cannot be used or credentials cannot be renewed, once for each cause. */
  log?: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Finds the API server, and reads all that its kubeconfig names, so that every mistake is known at once. Neither the server
 * nor a credential plugin need answer yet: both are waited for by who calls.
 * @throws {StartError}
 */
export async function openConnection(source: ConnectionSource, options: ConnectionOptions = {}): Promise<Connection> {
  const files = new CredentialFiles();
  const server = findServer(source, files);
  const config = await server.read();
  const problems = await problemsWith(config, source, files);
  if (problems.length > 0) throw new StartError(problems);
  const { log } = options;
  const credentials = new CredentialsCache(config, server, files, {
    connections: options.connections ?? 64,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    maxAgeMs: options.credentialsMaxAgeMs ?? 5_000,
    pluginTimeoutMs: options.pluginTimeoutMs ?? 30_000,
    environment: source.environment,
    onTrouble: (problem) =>
      log?.warn({ message: problem }, 'credentials cannot be read anew, the former ones serve on'),
  });
  const reach = new ReachLog(config.cluster.server, log);
  return new UndiciConnection(config, credentials, reach, options.userAgent ?? 'hostpath-provisioner');
}

async function problemsWith(
  config: ServerConfig,
  { environment }: ConnectionSource,
  files: CredentialFiles,
): Promise<string[]> {
  const { user, origin } = config;
  const unreadable = await readMaterial(config, files).then(
    () => [],
    (error) => (error instanceof MaterialError ? error.problems : Promise.reject(error)),
  );
  const { command = '', installHint } = user.exec ?? {};
  const isMissing = command !== '' && !(await files.hasProgram(command, environment.PATH ?? ''));
  const hint = installHint ? ` (${installHint.trim()})` : '';
  const plugin = isMissing ? [`${origin}: user "${user.name}": there is no program ${command}: install it${hint}`] : [];
  return [...refusals(config), ...unreadable, ...plugin];
}

class UndiciConnection implements Connection {
  readonly server: string;
  readonly #origin: string;
  readonly #basePath: string;
  readonly #credentials: CredentialsCache;
  readonly #reach: ReachLog;
  readonly #userAgent: string;

  constructor({ cluster }: ServerConfig, credentials: CredentialsCache, reach: ReachLog, userAgent: string) {
    const url = new URL(cluster.server);
    this.server = cluster.server;
    this.#origin = url.origin;
    this.#basePath = url.pathname.replace(/\/$/, '');
    this.#credentials = credentials;
    this.#reach = reach;
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
    return redact(text, this.#credentials.secretHeader);
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
    try {
      const answer = await this.#sentTwice(send, discard, limit);
      if (answer.statusCode === 401) this.#reach.failed('it does not accept our credentials (HTTP 401)');
      else this.#reach.reached();
      return answer;
    } catch (error) {
      if (error instanceof NotSentError) this.#reach.failed(error.message);
      throw error;
    }
  }

  async #sentTwice<Answer extends { statusCode: number }>(
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
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new NotSentError('its credentials are not there in time', undefined)),
    timeoutMs,
  );
  timer.unref();
  return signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
}
