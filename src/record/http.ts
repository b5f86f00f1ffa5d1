import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

export interface HttpOptions {
  host: string;
  port: number;
  metrics: Metrics;
  /** What keeps the daemon from doing its work, in a line each; empty when it is ready. */
  troubles: () => string[];
}

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves /healthz, /readyz and /metrics. @throws when the address cannot be listened on */
export async function serveHttp({ host, port, metrics, troubles }: HttpOptions): Promise<HttpServer> {
  const pages: Record<string, () => Promise<{ status: number; type: string; text: string }>> = {
    '/healthz': async () => ({ status: 200, type: 'text/plain', text: 'ok\n' }),
    '/readyz': async () => {
      const lines = troubles();
      return lines.length === 0
        ? { status: 200, type: 'text/plain', text: 'ok\n' }
        : { status: 503, type: 'text/plain', text: `not ready\n${lines.join('\n')}\n` };
    },
    '/metrics': async () => ({ status: 200, type: metrics.contentType, text: await metrics.text() }),
  };
  const server = createServer(async (request, response) => {
    const page = pages[new URL(request.url ?? '/', 'http://daemon').pathname];
    const { status, type, text } = page ? await page() : { status: 404, type: 'text/plain', text: 'not found\n' };
    response.writeHead(status, { 'content-type': type }).end(text);
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

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}
