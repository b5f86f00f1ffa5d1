import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';

// biome-ignore lint/suspicious/noExplicitAny: tests read fields of many kinds of object
export type Json = any;

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Json;
}

/** A plain client of an API server, apart from the daemon's own, so that a defect there cannot hide itself here. */
export class Api {
  readonly #agent: Agent;
  readonly #server: string;
  readonly #headers: Record<string, string>;

  constructor(kubeconfigPath: string) {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfigPath);
    const cluster = config.getCurrentCluster();
    const user = config.getCurrentUser();
    if (cluster === null || user === null) throw new Error(`${kubeconfigPath} names no current cluster and user`);
    const part = (file: string | undefined, data: string | undefined) =>
      data !== undefined ? Buffer.from(data, 'base64') : file !== undefined ? readFileSync(file) : undefined;
    const ca = part(cluster.caFile, cluster.caData);
    const cert = part(user.certFile, user.certData);
    const key = part(user.keyFile, user.keyData);
    this.#server = cluster.server;
    this.#headers = user.token === undefined ? {} : { authorization: `Bearer ${user.token}` };
    this.#agent = new Agent({
      connect: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
      connections: 64,
    });
  }

  /** Sends one request and returns whatever is answered, error or not. */
  async send(method: string, path: string, body?: Json, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await this.#agent.request({
      origin: this.#server,
      path,
      method: method as Dispatcher.HttpMethod,
      headers: { accept: 'application/json', 'content-type': 'application/json', ...this.#headers, ...headers },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    const json = String(answer.headers['content-type']).includes('json');
    return { status: answer.statusCode, headers: answer.headers, body: json ? JSON.parse(text) : text };
  }

  /** Sends one request and throws unless it is answered with 2xx. */
  async #call(method: string, path: string, body?: Json, headers?: Record<string, string>): Promise<Json> {
    const answer = await this.send(method, path, body, headers);
    if (answer.status >= 300) {
      throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`), answer);
    }
    return answer.body;
  }

  /** The object at `path`, or undefined when there is none. */
  async get(path: string): Promise<Json | undefined> {
    const answer = await this.send('GET', path);
    if (answer.status === 404) return undefined;
    if (answer.status >= 300) throw new Error(`GET ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  list = async (path: string): Promise<Json[]> => (await this.#call('GET', path)).items;
  create = (path: string, object: Json): Promise<Json> => this.#call('POST', path, object);
  replace = (path: string, object: Json): Promise<Json> => this.#call('PUT', path, object);
  delete = (path: string, options?: Json): Promise<Json> => this.#call('DELETE', path, options);
  patch = (path: string, patch: Json): Promise<Json> =>
    this.#call('PATCH', path, patch, { 'content-type': 'application/merge-patch+json' });

  /** The changes of a watch, one parsed line each, until `signal` is aborted or the server ends it. */
  async *watch(path: string, signal: AbortSignal, headers: Record<string, string> = {}): AsyncGenerator<Json> {
    const answer = await this.#agent.request({
      origin: this.#server,
      path,
      method: 'GET',
      headers: { accept: 'application/json', ...this.#headers, ...headers },
      signal,
    });
    if (answer.statusCode !== 200)
      throw Object.assign(new Error(await answer.body.text()), { status: answer.statusCode });
    let rest = '';
    for await (const chunk of answer.body.setEncoding('utf8')) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line);
    }
  }

  close = (): Promise<void> => this.#agent.close();
}
