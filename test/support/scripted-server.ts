import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Identity } from './authority.ts';
import { serverIdentity } from './certificates.ts';

export interface ScriptedRequest {
  /** When it came, by `performance.now()`. */
  atMs: number;
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
  /** Common name of the client's certificate. */
  certificate: string | undefined;
}

/** What the server does with one request: anything that a socket can do. */
export type Reply = (response: ServerResponse) => void;

export interface ScriptedServerOptions {
  /** TLS, with an identity of its own or a given one. */
  tls?: boolean | Identity;
  /** Address to listen on. Default: 127.0.0.1. */
  host?: string;
  /** 0 takes any free port. */
  port?: number;
}

/** An HTTP server on a real socket that does what a test tells it for each request, and counts connections. */
export class ScriptedServer {
  readonly requests: ScriptedRequest[] = [];
  /** Ever made. */
  connections = 0;
  readonly url: string;
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** Starts a server that asks `script` what to do with each request. */
  static async start(
    script: (request: ScriptedRequest) => Reply,
    { tls = false, port = 0, host = '127.0.0.1' }: ScriptedServerOptions = {},
  ): Promise<ScriptedServer> {
    const server = tls ? createTlsServer(tlsOptions(tls === true ? serverIdentity : tls)) : createServer();
    server.listen(port, host);
    await once(server, 'listening');
    return new ScriptedServer(server, script, `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}`);
  }

  private constructor(server: Server, script: (request: ScriptedRequest) => Reply, origin: string) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.url = `${origin}:${this.port}`;
    server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => {}); // resets are part of the play
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.on('request', async (incoming, response) => {
      const request = await readRequest(incoming);
      this.requests.push(request);
      script(request)(response);
    });
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }
}

const tlsOptions = ({ certificate, key }: Identity) => ({
  cert: certificate,
  key,
  requestCert: true,
  rejectUnauthorized: false,
});

async function readRequest(incoming: IncomingMessage): Promise<ScriptedRequest> {
  const atMs = performance.now();
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://server');
  const socket = incoming.socket as Partial<TLSSocket>;
  let body = '';
  for await (const chunk of incoming.setEncoding('utf8')) body += chunk;
  return {
    atMs,
    method: incoming.method ?? '',
    path: pathname,
    query: searchParams,
    headers: incoming.headers,
    body,
    certificate: [socket.getPeerCertificate?.().subject?.CN ?? []].flat()[0],
  };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return text(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

export function text(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return (response) => response.writeHead(status, headers).end(body);
}

/** A failure as an API server words it. */
export function status(code: number, reason: string, message: string, headers: Record<string, string> = {}): Reply {
  return json(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code }, headers);
}

/** Ends the connection with a TCP reset, instead of an answer or within one. */
export const reset: Reply = (response) => {
  const { socket } = response;
  if (socket !== null && 'encrypted' in socket) socket.destroy();
  else socket?.resetAndDestroy();
};

/** Never answers. */
export const silence: Reply = () => {};

/** Does one thing after the other, with the given time between. */
export function inTurn(pauseMs: number, ...replies: Reply[]): Reply {
  return (response) => {
    const [first, ...others] = replies;
    first?.(response);
    if (others.length > 0) setTimeout(() => inTurn(pauseMs, ...others)(response), pauseMs);
  };
}

/** Begins an endless answer, if that is not done yet, and sends a part of it. */
export function part(bytes: string | Uint8Array): Reply {
  return (response) => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    if (bytes.length > 0) response.write(bytes);
  };
}

export const end: Reply = (response) => response.end();
