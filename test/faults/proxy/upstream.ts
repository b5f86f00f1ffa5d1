import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';

/** The API server behind the proxy. */
export interface UpstreamServer {
  /** Such as `https://127.0.0.1:41234`. */
  server: string;
  /** PEM in base64, as in a kubeconfig; the system's authorities when left out. */
  caData?: string;
}

/** The API server that a kubeconfig names. */
export function upstreamOf(kubeconfigPath: string): UpstreamServer {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`${kubeconfigPath} has no current cluster`);
  const caData = cluster.caData ?? (cluster.caFile && readFileSync(cluster.caFile).toString('base64'));
  return { server: cluster.server, ...(caData && { caData }) };
}

export interface UpstreamRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Concern one connection alone, or, for the encoding, would keep the proxy from reading the answer. */
const notPassedOn = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers as they are passed on, in either direction. */
export const endToEnd = <Value>(headers: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !notPassedOn.has(name)));

/** Connections to the API server, kept alive, and none shared by two requests at a time. */
export class Upstream {
  readonly #server: string;
  readonly #agent: Agent;

  constructor({ server, caData }: UpstreamServer) {
    this.#server = server;
    this.#agent = new Agent({
      allowH2: false,
      connect: caData === undefined ? {} : { ca: Buffer.from(caData, 'base64') },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  send({ method, path, headers, body }: UpstreamRequest): Promise<Dispatcher.ResponseData> {
    return this.#agent.request({
      origin: this.#server,
      path,
      method: method as Dispatcher.HttpMethod,
      headers: endToEnd(headers),
      body: body.length === 0 ? null : body,
    });
  }

  /** Ends all connections; requests that wait for an answer fail. */
  close = (): Promise<void> => this.#agent.destroy();
}
