import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import type { Json } from '../../support/api.ts';
import { serverIdentity } from '../../support/certificates.ts';
import { ClientConnections } from './client-connections.ts';
import { Counter } from './counter.ts';
import { type Answer, Exchange } from './exchange.ts';
import type { FaultHooks } from './faults.ts';
import { beginEntry, type HistoryEntry } from './history.ts';
import { describeRequest, type ProxiedRequest } from './proxied-request.ts';
import { type HistoryMoment, isOfMoment, listAt, takeMoment } from './time-travel.ts';
import { Upstream, type UpstreamServer } from './upstream.ts';
import { WatchRelay } from './watch-relay.ts';

export type { AnswerFacts, FaultHooks, RequestFault, WatchEvent, WatchFault } from './faults.ts';
export type { HistoryEntry } from './history.ts';
export type { ProxiedRequest, RequestKind } from './proxied-request.ts';
export type { HistoryMoment } from './time-travel.ts';
export { type UpstreamServer, upstreamOf } from './upstream.ts';

/** Stands between the daemon and an API server, passes everything on, keeps a record, and does harm where hooks ask for it. */
export interface FaultProxy {
  /** Such as `https://127.0.0.1:41234`. */
  readonly server: string;
  /** PEM in base64, for the daemon's kubeconfig. */
  readonly caData: string;
  /** May be replaced at any time, for what arrives from then on. */
  hooks: FaultHooks;
  /** Every request since the start or `clearHistory`, in the order of arrival. Credentials are not kept. */
  readonly history: readonly HistoryEntry[];
  /** Empties the history, and counts labels and watch events from 1 again; ids go on. Entries under way are filled in unseen. */
  clearHistory(): void;
  /** Ends all watches now, stalled, silent and barely begun ones too, as an API server that restarts does. What they held back is lost. */
  closeWatches(): void;
  /** Resets all connections, and new ones for that time, in milliseconds. */
  refuseFor(ms: number): void;
  /** Resets the connections of the requests that hang. */
  releaseHanging(): void;
  /** The state of the lists as the API server has it now, read with the credentials of the last request that had any. */
  markMoment(): HistoryMoment;
  /**
   * Goes back in time, as by a stale API server: ends all watches; from now on lists are answered from the moment, and
   * watches, of the same collections, are silent. Reads of one object and writes go to the API server as it is.
   */
  travelTo(moment: HistoryMoment): void;
  /** The stale API server catches up: ends all watches, and passes everything on again. */
  endTimeTravel(): void;
  /** Breaks off whatever is under way. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts a proxy on a free port of the loopback interface. */
export async function startFaultProxy(upstream: UpstreamServer): Promise<FaultProxy> {
  const proxy = new HttpsFaultProxy(new Upstream(upstream));
  await proxy.listen();
  return proxy;
}

/** Whatever the proxy ended by itself would be harm that nobody asked for. */
const noTimeLimits = { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 };

class HttpsFaultProxy implements FaultProxy {
  readonly caData = Buffer.from(serverIdentity.certificate).toString('base64');
  hooks: FaultHooks = {};
  readonly #upstream: Upstream;
  readonly #server = createServer({ cert: serverIdentity.certificate, key: serverIdentity.key, ...noTimeLimits });
  readonly #connections = new ClientConnections(this.#server);
  readonly #watches = new Set<WatchRelay>();
  /** Each resets the connection of a request that hangs. */
  readonly #hanging = new Set<() => void>();
  readonly #labels = new Counter();
  readonly #events = new Counter();
  readonly #stopping = new AbortController();
  #history: HistoryEntry[] = [];
  #lastId = 0;
  /** How often all watches have been ended. */
  #watchesEnded = 0;
  #authorization: string | undefined;
  #moment: HistoryMoment | undefined;
  #stopped: Promise<void> | undefined;

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
    this.#server.on('request', (incoming, response) => void this.#serve(incoming, response));
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get server(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get history(): readonly HistoryEntry[] {
    return this.#history;
  }

  clearHistory(): void {
    this.#history = [];
    this.#labels.clear();
    this.#events.clear();
  }

  closeWatches(): void {
    this.#watchesEnded += 1;
    for (const watch of this.#watches) watch.end();
  }

  refuseFor(ms: number): void {
    this.#connections.refuseFor(ms);
  }

  releaseHanging(): void {
    for (const reset of this.#hanging) reset();
  }

  markMoment(): HistoryMoment {
    return takeMoment((path) => this.#read(path));
  }

  travelTo(moment: HistoryMoment): void {
    this.#moment = moment;
    this.closeWatches();
  }

  endTimeTravel(): void {
    this.#moment = undefined;
    this.closeWatches();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#connections.close();
    await Promise.all([closed, this.#upstream.close()]);
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.#connections.below(incoming.socket);
    const bytes = await readAll(incoming).catch(() => undefined);
    if (bytes === undefined) return; // the daemon is gone before its request was here: there was none
    const request = this.#describe(incoming, bytes);
    const entry = beginEntry(request);
    this.#history.push(entry);
    const reset = () => void connection?.resetAndDestroy();
    const watchesEnded = this.#watchesEnded;
    const exchange = new Exchange({
      entry,
      response,
      deliver: () => this.#deliver(entry, incoming, bytes),
      relay: (source) => {
        const relay = this.#relay(request, source, response, reset);
        if (this.#watchesEnded > watchesEnded) relay.end();
      },
      connection,
      onAnswered: (answer) => this.hooks.onAnswered?.(request, answer),
      signal: this.#stopping.signal,
    });
    const fault = (await this.hooks.onRequest?.(request)) ?? { do: 'pass' };
    if (fault.do === 'hang') this.#hanging.add(reset);
    try {
      await exchange.carryOut(fault);
    } catch (error) {
      if (!this.#stopping.signal.aborted) throw error;
    } finally {
      this.#hanging.delete(reset);
    }
  }

  #describe({ method = '', url = '', headers }: IncomingMessage, bytes: Buffer): ProxiedRequest {
    this.#authorization = headers.authorization ?? this.#authorization;
    this.#lastId += 1;
    return describeRequest({ id: this.#lastId, method, path: url, bytes }, this.#labels);
  }

  async #deliver(entry: HistoryEntry, { headers }: IncomingMessage, bytes: Buffer): Promise<Answer> {
    const { method, path, kind } = entry.request;
    if (this.#moment !== undefined && (kind === 'list' || kind === 'watch') && isOfMoment(path)) {
      return staleAnswer(this.#moment, entry.request, headers.accept);
    }
    entry.delivered = true;
    const answer = await this.#upstream.send({ method, path, headers, body: bytes });
    const isStream = kind === 'watch' && answer.statusCode === 200;
    const body = isStream ? answer.body : Buffer.from(await answer.body.arrayBuffer());
    return { status: answer.statusCode, headers: answer.headers, body };
  }

  #relay(request: ProxiedRequest, source: Readable, response: ServerResponse, reset: () => void): WatchRelay {
    const onEvent = () => this.hooks.onWatchEvent;
    const relay = new WatchRelay({ request, source, response, events: this.#events, onEvent, reset });
    this.#watches.add(relay);
    response.once('close', () => this.#watches.delete(relay));
    return relay;
  }

  async #read(path: string): Promise<Json> {
    const headers = { accept: 'application/json', authorization: this.#authorization };
    const answer = await this.#upstream.send({ method: 'GET', path, headers, body: Buffer.alloc(0) });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`GET ${path}: ${answer.statusCode} ${text}`);
    return JSON.parse(text);
  }
}

async function staleAnswer(
  moment: HistoryMoment,
  { path, kind }: ProxiedRequest,
  accept: string | undefined,
): Promise<Answer> {
  const body = kind === 'watch' ? new PassThrough() : Buffer.from(JSON.stringify(await listAt(moment, path, accept)));
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}
