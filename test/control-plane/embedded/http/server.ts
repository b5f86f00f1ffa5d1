import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Authentication } from '../access/authentication.ts';
import { authorize } from '../access/authorization.ts';
import type { Registry } from '../objects/registry.ts';
import { isGroupServed } from '../objects/resources.ts';
import { StatusError } from '../status-error.ts';
import { parseWatchOptions, Watch } from '../store/watch.ts';
import { certificate } from './certificate.ts';
import { discover } from './discovery.ts';
import { negotiate } from './negotiation.ts';
import { parseRequest, type RequestInfo, type Target } from './request-info.ts';
import { type Answer, findTarget, listRequest, ResourceHandler, type ResourceRequest } from './resource-handler.ts';

/** As many requests on one HTTP/2 connection as kube-apiserver allows. */
const maxConcurrentStreams = 100;
const probes = ['/healthz', '/livez', '/readyz'];

/** The API server's front: HTTPS, who asks, whether they may, and what they get. HTTP/2 and HTTP/1.1, as the real one. */
export class ApiServer {
  readonly watches = new Set<Watch>();
  readonly #http: Http2SecureServer;
  readonly #sockets = new Set<Socket>();
  readonly #registry: Registry;
  readonly #authentication: Authentication;
  readonly #resources: ResourceHandler;
  readonly #bookmarkIntervalMs: number;

  constructor(registry: Registry, authentication: Authentication, bookmarkIntervalMs: number) {
    this.#registry = registry;
    this.#authentication = authentication;
    this.#resources = new ResourceHandler(registry, authentication);
    this.#bookmarkIntervalMs = bookmarkIntervalMs;
    this.#http = createSecureServer({ ...certificate, allowHTTP1: true, settings: { maxConcurrentStreams } });
    this.#http.on('request', (request, response) => void this.#serve(request, response));
    this.#http.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Answers with the address. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(0, '127.0.0.1', resolve);
    });
    return `127.0.0.1:${this.#port}`;
  }

  get #port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** Ends all watches and connections. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#http.close(resolve));
    this.closeWatches();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  closeWatches(): void {
    for (const watch of [...this.watches]) watch.stop();
  }

  async #serve(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    response.setHeader('cache-control', 'no-cache, private');
    try {
      const body = await readBody(request);
      this.#answer(request, response, body);
    } catch (error) {
      if (request.aborted || response.destroyed) return; // the client has gone: there is nobody to answer
      if (response.headersSent) throw error;
      const status = error instanceof StatusError ? error : unexpected(error);
      sendJson(response, { status: status.code, json: JSON.stringify(status.body) });
    }
  }

  #answer(request: Http2ServerRequest, response: Http2ServerResponse, body: string): void {
    const info = parseRequest(request.method, request.url);
    const user = this.#authentication.authenticate(request.headers.authorization);
    authorize(this.#registry.store, user, info);
    if (info.target === undefined || !isGroupServed(info.target.group)) this.#answerPath(info, response);
    else if (info.verb === 'watch') this.#watch(info.target, info.query, request, response);
    else sendJson(response, this.#resources.handle(resourceRequest(info.verb, info.target, info.query, request, body)));
  }

  #answerPath({ path }: RequestInfo, response: Http2ServerResponse): void {
    const document = discover(path, `127.0.0.1:${this.#port}`);
    if (probes.includes(path)) sendText(response, 200, 'ok');
    else if (document === undefined) sendText(response, 404, '404 page not found\n');
    else sendJson(response, { status: 200, json: JSON.stringify(document) });
  }

  #watch(target: Target, query: URLSearchParams, request: Http2ServerRequest, response: Http2ServerResponse): void {
    const resource = findTarget(target);
    const representation = negotiate(request.headers.accept);
    const options = parseWatchOptions(listRequest(resource, { target, query }), representation);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(''); // sends the headers: the first change may be long in coming
    const sink = { write: (line: string) => void response.write(line), end: () => void response.end() };
    const collection = this.#registry.store.collection(resource);
    const watch = new Watch(collection, options, sink, () => this.watches.delete(watch));
    this.watches.add(watch);
    response.on('close', () => watch.stop());
    watch.start(this.#bookmarkIntervalMs);
  }
}

function resourceRequest(
  verb: string,
  target: Target,
  query: URLSearchParams,
  { headers: { accept, 'content-type': contentType } }: Http2ServerRequest,
  body: string,
): ResourceRequest {
  const headers = { ...(accept !== undefined && { accept }), ...(contentType !== undefined && { contentType }) };
  return { verb, target, query, headers, body };
}

async function readBody(request: Http2ServerRequest): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function sendJson(response: Http2ServerResponse, { status, json, warnings = [] }: Answer): void {
  const warning = warnings.map((text) => `299 - ${JSON.stringify(text)}`);
  if (warning.length > 0) response.setHeader('warning', warning);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) + 1 });
  response.end(`${json}\n`);
}

function sendText(response: Http2ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}

/** A defect of this server, told to the client so that its test fails with the reason. */
function unexpected(error: unknown): StatusError {
  const trace = error instanceof Error ? error.stack : String(error);
  return new StatusError(500, 'InternalError', `Internal error occurred: ${trace}`);
}
