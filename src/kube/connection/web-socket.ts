import type { IncomingMessage } from 'node:http';
import type { createConnection, Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { WebSocket } from 'ws';
import type { Endpoint } from './connection.ts';
import type { ApiAnswer } from './exchange.ts';

/** A refusal has a `Status`, which is short. */
const longestRefusal = 64 * 1024;

export type WebSocketAnswer = { statusCode: 101; webSocket: WebSocket } | ApiAnswer;

/**
 * Opens a WebSocket over a connection of the kind that requests use: authorities, certificates and proxies are the same.
 * @param path path and query
 * @returns the WebSocket, which is paused, or the server's refusal @throws {Error} if there is no answer
 */
export function openWebSocket(
  { url, headers, connect }: Endpoint,
  path: string,
  protocols: string[],
  timeoutMs: number,
): Promise<WebSocketAnswer> {
  const target = new URL(url + path);
  const webSocket = new WebSocket(target.href.replace(/^http/, 'ws'), protocols, {
    headers: headers as Record<string, string>, // Node takes several values of one, too
    handshakeTimeout: timeoutMs,
    perMessageDeflate: false,
    createConnection: connecting(connect, target),
  });
  return new Promise((resolve, reject) => {
    webSocket.on('error', reject);
    webSocket.once('unexpected-response', (_, answer) => {
      textOf(answer).then((body) => {
        webSocket.terminate();
        resolve({ statusCode: answer.statusCode ?? 0, headers: answer.headers, body });
      }, reject);
    });
    webSocket.once('open', () => {
      webSocket.pause(); // until somebody listens to its messages
      resolve({ statusCode: 101, webSocket });
    });
  });
}

/** Node's `http.request` takes a socket that takes a while from a callback, and nothing is returned then. */
function connecting(
  connect: buildConnector.connector,
  { protocol, hostname, host, port }: URL,
): typeof createConnection {
  const target = { protocol, hostname: hostname.replace(/^\[(.*)\]$/, '$1'), host, port };
  const begin = (_: unknown, done: (error: Error | null, socket?: Socket) => void): undefined => {
    connect(target, (...[error, socket]) => (error === null ? done(null, socket as Socket) : done(error)));
  };
  return begin as unknown as typeof createConnection; // whose types know only one way to call it
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) {
    text += chunk;
    if (text.length > longestRefusal) break;
  }
  return text.slice(0, longestRefusal);
}
