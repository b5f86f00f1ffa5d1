import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream';
import type { UpstreamServer } from '../../test/faults/proxy/upstream.ts';
import type { Counts } from '../cluster/counts.ts';
import { kindOfRequest } from './traffic.ts';

/** Passes on what daemons and the API server say to each other, and counts it. Daemons speak HTTP to it. */
export class CountingProxy {
  /** What there has been so far, by the names in `traffic.ts`. */
  readonly traffic: Counts = {};
  readonly #listener: Server;
  readonly #upstream: string;
  readonly #agent: Agent;

  static async start(upstream: UpstreamServer): Promise<CountingProxy> {
    const listener = createServer({ requestTimeout: 0, keepAliveTimeout: 0 });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const proxy = new CountingProxy(listener, upstream);
    listener.on('request', (incoming, answer) => proxy.#pass(incoming, answer));
    return proxy;
  }

  private constructor(listener: Server, { server, caData = '' }: UpstreamServer) {
    this.#listener = listener;
    this.#upstream = server;
    this.#agent = new Agent({ keepAlive: true, ca: Buffer.from(caData, 'base64') });
  }

  get server(): string {
    return `http://127.0.0.1:${(this.#listener.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#listener.close();
    this.#listener.closeAllConnections();
    this.#agent.destroy();
  }

  #pass(incoming: IncomingMessage, answer: ServerResponse): void {
    const { method = '', url = '', headers } = incoming;
    const kind = kindOfRequest(method, url);
    const outgoing = request(`${this.#upstream}${url}`, { agent: this.#agent, method, headers });
    outgoing.on('response', (received) => {
      this.#count(`${kind} ${received.statusCode}`);
      answer.writeHead(received.statusCode ?? 502, received.rawHeaders);
      answer.flushHeaders(); // a watch may have nothing to say for minutes
      received.on('data', (chunk: Buffer) => this.#count('BYTES', chunk.length));
      if (kind.startsWith('WATCH ') && received.statusCode === 200) this.#countChanges(received, kind);
      pipeline(received, answer, () => {}); // ends the one when the other has ended
    });
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  }

  #countChanges(received: IncomingMessage, kind: string): void {
    const lines = createInterface({ input: received });
    lines.on('line', (line) => {
      this.#count(kind.replace('WATCH', line.startsWith('{"type":"BOOKMARK"') ? 'BOOKMARK' : 'CHANGE'));
    });
    lines.on('error', () => {}); // the pipeline ends the answer
  }

  #count(name: string, times = 1): void {
    this.traffic[name] = (this.traffic[name] ?? 0) + times;
  }
}
