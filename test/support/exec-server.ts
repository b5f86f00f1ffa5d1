import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Identity } from './authority.ts';

/** A request for a command, as a server sees it. */
export interface ExecSeen {
  path: string;
  query: URLSearchParams;
  authorization: string | undefined;
  /** Common name of the client's certificate. */
  certificate: string | undefined;
  protocols: string[];
  /** As whom the client wants to act. */
  impersonated: { user: unknown; groups: unknown };
}

/** What the command does: anything that its WebSocket can. */
export type Play = (webSocket: WebSocket) => void;

export interface ExecServerOptions {
  tls?: Identity;
  /** Address to listen on. Default: 127.0.0.1. */
  host?: string;
  /** The subprotocol that the server knows. */
  protocol?: string;
  /** HTTP status with which a request is refused. */
  refuse?: (seen: ExecSeen) => number | undefined;
}

/** A server that speaks as an API server does for `exec`. */
export class ExecServer {
  readonly seen: ExecSeen[] = [];
  readonly url: string;
  readonly #end: () => void;

  static async start(play: Play, options: ExecServerOptions = {}): Promise<ExecServer> {
    const { tls, host = '127.0.0.1', protocol = 'v5.channel.k8s.io' } = options;
    const server = tls
      ? createTlsServer({ cert: tls.certificate, key: tls.key, requestCert: true, rejectUnauthorized: false })
      : createServer();
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => protocol });
    const seen: ExecSeen[] = [];
    server.on('upgrade', (request, socket: Duplex, head) => {
      const one = seenIn(request);
      seen.push(one);
      const refused = options.refuse?.(one);
      if (refused === undefined) return sockets.handleUpgrade(request, socket, head, play);
      const body = JSON.stringify({
        kind: 'Status',
        status: 'Failure',
        message: `refused with ${refused}`,
        code: refused,
      });
      socket.end(
        `HTTP/1.1 ${refused} Refused\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    });
    server.listen(0, host);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const end = () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
    };
    const address = host.includes(':') ? `[${host}]` : host;
    return new ExecServer(`${tls ? 'https' : 'http'}://${address}:${port}`, seen, end);
  }

  private constructor(url: string, seen: ExecSeen[], end: () => void) {
    this.url = url;
    this.seen = seen;
    this.#end = end;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    return Promise.resolve();
  }
}

function seenIn({ url = '', headers, socket }: IncomingMessage): ExecSeen {
  const { pathname, searchParams } = new URL(url, 'http://server');
  return {
    path: pathname,
    query: searchParams,
    authorization: headers.authorization,
    certificate: [(socket as Partial<TLSSocket>).getPeerCertificate?.().subject?.CN ?? []].flat()[0],
    impersonated: { user: headers['impersonate-user'], groups: headers['impersonate-group'] },
    protocols: (headers['sec-websocket-protocol'] ?? '').split(/, ?/),
  };
}

/** A message of a channel. */
export function send(webSocket: WebSocket, channel: 'stdout' | 'stderr' | 'status', content: string | Buffer): void {
  const number = { stdout: 1, stderr: 2, status: 3 }[channel];
  webSocket.send(Buffer.concat([Buffer.from([number]), Buffer.from(content)]));
}

/** The end of a command, as an API server words it. */
export function sendEnd(webSocket: WebSocket, exitCode: number): void {
  const causes = [{ reason: 'ExitCode', message: `${exitCode}` }];
  const failure = { status: 'Failure', reason: 'NonZeroExitCode', message: 'failed', details: { causes } };
  send(webSocket, 'status', JSON.stringify(exitCode === 0 ? { status: 'Success' } : failure));
}
