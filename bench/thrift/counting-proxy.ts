import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { LineDecoder } from '../../src/kube/watch/line-decoder.ts';
import type { UpstreamServer } from '../../test/faults/proxy/upstream.ts';
import { kindOfRequest, type Traffic } from './traffic.ts';

const longestLineBytes = 32 * 1024 * 1024;

/**
 * Passes on what daemons and the API server say to each other, and counts it. Daemons speak HTTP to it; each of their
 * connections has one of its own to the API server, with TLS, so that the API server has as many as without it.
 */
export class CountingProxy {
  readonly server: string;
  readonly #upstream: UpstreamServer;
  readonly #stop: () => void;
  readonly #agents = new WeakMap<Socket, OwnConnection>();
  readonly #sockets: Socket[] = [];
  readonly #requests: Record<string, number> = {};
  readonly #watchEvents: Record<string, number> = {};
  #bookmarks = 0;

  static async start(upstream: UpstreamServer): Promise<CountingProxy> {
    const server = createServer({ requestTimeout: 0, keepAliveTimeout: 0 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const stop = () => {
      server.close();
      server.closeAllConnections();
    };
    const proxy = new CountingProxy(`http://127.0.0.1:${port}`, upstream, stop);
    server.on('request', (incoming, answer) => proxy.#pass(incoming, answer));
    return proxy;
  }

  private constructor(server: string, upstream: UpstreamServer, stop: () => void) {
    this.server = server;
    this.#upstream = upstream;
    this.#stop = stop;
  }

  /** What there has been so far. */
  traffic(): Traffic {
    return {
      connections: this.#sockets.length,
      receivedBytes: this.#sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
      sentBytes: this.#sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0),
      requests: { ...this.#requests },
      watchEvents: { ...this.#watchEvents },
      bookmarks: this.#bookmarks,
    };
  }

  stop(): void {
    this.#stop();
  }

  #pass(incoming: IncomingMessage, answer: ServerResponse): void {
    const { method = '', url = '', headers } = incoming;
    const { verb, resource } = kindOfRequest(method, url);
    const agent = this.#agentOf(incoming.socket);
    const outgoing = request({ agent, method, path: url, headers });
    outgoing.on('response', (received) => {
      count(this.#requests, `${verb} ${resource} ${received.statusCode}`);
      answer.writeHead(received.statusCode ?? 502, received.rawHeaders);
      answer.flushHeaders(); // a watch may have nothing to say for minutes
      if (verb === 'WATCH' && received.statusCode === 200) this.#countLines(resource, received);
      received.pipe(answer);
      received.on('error', () => answer.destroy());
    });
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  }

  #countLines(resource: string, received: IncomingMessage): void {
    const lines = new LineDecoder(longestLineBytes);
    received.on('data', (chunk: Buffer) => {
      for (const line of lines.push(chunk)) {
        if (line.startsWith('{"type":"BOOKMARK"')) this.#bookmarks += 1;
        else count(this.#watchEvents, resource);
      }
    });
  }

  #agentOf(socket: Socket): Agent {
    const known = this.#agents.get(socket);
    if (known !== undefined) return known;
    const agent = new OwnConnection(this.#upstream, (opened) => this.#sockets.push(opened));
    this.#agents.set(socket, agent);
    socket.once('close', () => agent.destroy());
    return agent;
  }
}

/** One connection, kept alive: a second one only once the first is gone. */
class OwnConnection extends Agent {
  readonly #upstream: UpstreamServer;
  readonly #onOpened: (socket: Socket) => void;

  constructor(upstream: UpstreamServer, onOpened: (socket: Socket) => void) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#upstream = upstream;
    this.#onOpened = onOpened;
  }

  override createConnection(): Duplex {
    const { hostname, port } = new URL(this.#upstream.server);
    const socket = connect(Number(port), hostname);
    this.#onOpened(socket);
    return connectTls({ socket, host: hostname, ca: Buffer.from(this.#upstream.caData ?? '', 'base64') });
  }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
