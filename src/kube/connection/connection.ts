import type { Logger } from 'pino';
import type { buildConnector, Dispatcher } from 'undici';
import { StartError } from '../../model/start-error.ts';
import { CredentialFiles } from './credential-files.ts';
import { MaterialError, readMaterial } from './credential-material.ts';
import { type Credentials, CredentialsCache, type Headers } from './credentials.ts';
import { type ApiAnswer, exchange, type Limits, remaining } from './exchange.ts';
import { type ConnectionSource, findServer, type ServerConfig, withPersonalFile } from './kube-config.ts';
import { NotSentError } from './not-sent-error.ts';
import { ReachLog } from './reach-log.ts';
import { redact } from './redact.ts';
import { refusals } from './refusals.ts';
import { unlessAborted } from './unless-aborted.ts';

/** A request to the API server. */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path and query, below the path of the server's URL. */
  path: string;
  /** JSON text. */
  body?: string | undefined;
  contentType?: string | undefined;
  accept?: string | undefined;
}

/** What it takes to reach the server by other means than requests. */
export interface Endpoint {
  /** The server's URL, without a slash at its end. */
  url: string;
  /** They authenticate the user. */
  headers: Headers;
  connect: buildConnector.connector;
}

/** Sends authenticated requests to one API server. After a 401, it reads the credentials again and repeats once. */
export interface Connection {
  /** The server's URL. */
  readonly server: string;
  /** Namespace of the context, or of the pod; undefined if none is set. */
  readonly namespace: string | undefined;
  /** Sends a request and returns the answer, whatever its status. */
  call(request: ApiRequest, limits: Limits): Promise<ApiAnswer>;
  /** Streams the answer, over a connection of its own. Read or dump its body. Only the signal limits the time. */
  watch(request: ApiRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData>;
  /** Reaches the server by other means than requests. @param send is called again after a 401 */
  withEndpoint<Answer extends { statusCode: number }>(
    send: (endpoint: Endpoint) => Promise<Answer>,
    limits: Limits,
  ): Promise<Answer>;
  /** Removes our credentials, which a server may repeat, from the text of an answer before it is shown. */
  redact(text: string): string;
  /** Aborts all requests. */
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** Connections for calls; further calls wait for a free one. Default 64. */
  connections?: number;
  /** Time after which kubeconfig, tokens and certificates are read again, in milliseconds. Default 5 s. */
  credentialsMaxAgeMs?: number;
  /** Gets a line when the server cannot be used or credentials cannot be renewed, once for each cause. */
  log?: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Reads the configuration of the API server and all files that it names. Contacts neither the server nor a credential plugin.
 * @throws {StartError} with all problems
 */
export async function openConnection(source: ConnectionSource, options: ConnectionOptions = {}): Promise<Connection> {
  const files = new CredentialFiles();
  const server = findServer(await withPersonalFile(source, files), files);
  const config = await server.read();
  const problems = await problemsWith(config, source, files);
  if (problems.length > 0) throw new StartError(problems);
  const { log } = options;
  const credentials = new CredentialsCache(config, server, files, {
    connections: options.connections ?? 64,
    maxAgeMs: options.credentialsMaxAgeMs ?? 5_000,
    environment: source.environment,
    onTrouble: (problem) =>
      log?.warn({ message: problem }, 'cannot read the credentials again, using the previous ones'),
  });
  const reach = new ReachLog(config.cluster.server, log);
  return new UndiciConnection(config, credentials, reach);
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
  const plugin = isMissing
    ? [`${origin}: user "${user.name}": the credential plugin ${command} is not installed: install it${hint}`]
    : [];
  return [...refusals(config), ...unreadable, ...plugin];
}

const userAgent = 'hostpath-provisioner';

class UndiciConnection implements Connection {
  readonly server: string;
  readonly namespace: string | undefined;
  readonly #origin: string;
  readonly #basePath: string;
  readonly #credentials: CredentialsCache;
  readonly #reach: ReachLog;

  constructor({ cluster, namespace }: ServerConfig, credentials: CredentialsCache, reach: ReachLog) {
    const url = new URL(cluster.server);
    this.server = cluster.server;
    this.namespace = namespace || undefined;
    this.#origin = url.origin;
    this.#basePath = url.pathname.replace(/\/$/, '');
    this.#credentials = credentials;
    this.#reach = reach;
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
      // The signal limits the time.
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

  withEndpoint<Answer extends { statusCode: number }>(
    send: (endpoint: Endpoint) => Promise<Answer>,
    limits: Limits,
  ): Promise<Answer> {
    const left = remaining(limits);
    const reached = ({ headers, connect }: Credentials) =>
      send({ url: this.#origin + this.#basePath, headers: { ...headers, 'user-agent': userAgent }, connect });
    return this.#authenticated(
      reached,
      async () => undefined,
      () => limitedBy(left()),
    );
  }

  redact(text: string): string {
    return redact(text, this.#credentials.secretHeader);
  }

  close(): Promise<void> {
    return this.#credentials.close();
  }

  /** @param limit called only when it is needed, which is rare */
  async #authenticated<Answer extends { statusCode: number }>(
    send: (credentials: Credentials) => Promise<Answer>,
    discard: (refused: Answer) => Promise<void>,
    limit: () => AbortSignal,
  ): Promise<Answer> {
    const current = () => this.#credentials.fresh() ?? unlessAborted(this.#credentials.read(), limit());
    try {
      const credentials = await current();
      let answer = await send(credentials);
      if (answer.statusCode === 401) {
        await discard(answer);
        this.#credentials.reject(credentials);
        answer = await send(await current());
      }
      if (answer.statusCode === 401) this.#reach.failed('the server rejected the credentials (HTTP 401)');
      else this.#reach.reached();
      return answer;
    } catch (error) {
      if (error instanceof NotSentError) this.#reach.failed(error.message);
      throw error;
    }
  }

  #outgoing({ method, path, body, accept, contentType }: ApiRequest, { headers }: Credentials) {
    return {
      origin: this.#origin,
      path: this.#basePath + path,
      method,
      headers: {
        ...headers,
        accept: accept ?? 'application/json',
        'user-agent': userAgent,
        ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
      },
      body: body ?? null,
    };
  }
}

function limitedBy({ timeoutMs, signal }: Limits): AbortSignal {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new NotSentError('the credentials were not available in time', undefined)),
    timeoutMs,
  );
  timer.unref();
  return signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
}
