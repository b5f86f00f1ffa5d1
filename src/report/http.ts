import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NodeStatus } from '../model/node-status.ts';
import { StartError } from '../model/start-error.ts';
import type { Metrics } from './metrics.ts';

export interface HttpOptions {
  host: string;
  port: number;
  metrics: Metrics;
  /** Why the daemon is not ready, in a line each; empty when it is ready. */
  troubles: () => string[];
  status: () => Promise<NodeStatus>;
}

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Page {
  status: number;
  type: string;
  text: string;
}

/** Serves /healthz, /readyz, /metrics and /volumes. @throws {StartError} when the address cannot be listened on */
export async function serveHttp({ host, port, metrics, troubles, status }: HttpOptions): Promise<HttpServer> {
  const pages: Record<string, () => Promise<Page>> = {
    '/healthz': async () => plain(200, 'ok'),
    '/readyz': async () => {
      const lines = troubles();
      return lines.length === 0 ? plain(200, 'ok') : plain(503, ['not ready', ...lines].join('\n'));
    },
    '/metrics': async () => ({ status: 200, type: metrics.contentType, text: await metrics.text() }),
    '/volumes': async () => ({ status: 200, type: 'application/json', text: JSON.stringify(await status()) }),
  };
  const server = createServer(async (request, response) => {
    // The constructor of URL would throw for targets such as "//", which any client may send.
    const [path = ''] = (request.url ?? '').split('?');
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    const { status, type, text } = page
      ? await page().catch((error: unknown) => plain(500, String(error)))
      : plain(404, 'not found');
    response.writeHead(status, { 'content-type': type, connection: 'close' }).end(text);
  });
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const plain = (status: number, text: string): Page => ({ status, type: 'text/plain', text: `${text}\n` });

/** Without IPv6, `::` means all IPv4 addresses. */
async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    await listenOn(server, host, port);
  } catch (error) {
    if (host !== '::' || !isWithoutIpv6(error)) throw listenProblem(host, port, error);
    await listenOn(server, '0.0.0.0', port).catch((cause) => Promise.reject(listenProblem('0.0.0.0', port, cause)));
  }
}

function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isWithoutIpv6(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL';
}

function listenProblem(host: string, port: number, cause: unknown): StartError {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const problem = cause instanceof Error ? cause.message : String(cause);
  return new StartError(`cannot listen on ${address} (${problem}): set another --http-address`, { cause });
}
