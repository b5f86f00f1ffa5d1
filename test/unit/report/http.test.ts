import { once } from 'node:events';
import { connect, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StartError } from '../../../src/model/start-error.ts';
import { type HttpServer, serveHttp } from '../../../src/report/http.ts';
import { Metrics } from '../../../src/report/metrics.ts';
import { nodeStatus } from '../../../src/report/node-status.ts';
import { atRest } from '../../support/metric-sources.ts';

const metrics = new Metrics(atRest);
const host = '127.0.0.1';

const status = async () =>
  nodeStatus({ node: 'node-1', troubles: [], pools: [], keptDirectories: new Map(), lost: [] });

let troubles: string[];
let server: HttpServer;
beforeEach(async () => {
  troubles = [];
  server = await serveHttp({ host, port: 0, metrics, troubles: () => troubles, status });
});
afterEach(() => server.close());

async function get(path: string): Promise<{ status: number; type: string | null; body: string }> {
  const answer = await fetch(`http://${host}:${server.port}${path}`);
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
}

/** Sends a request target as it is, which no client of good manners would. */
async function getRaw(target: string): Promise<string> {
  const socket = connect(server.port, host);
  await once(socket, 'connect');
  socket.write(`GET ${target} HTTP/1.1\r\nHost: daemon\r\nConnection: close\r\n\r\n`);
  return text(socket);
}

describe('serveHttp', () => {
  test('is healthy while it answers, whatever troubles there are', async () => {
    troubles = ['base directory: BaseDirectoryMissing'];
    expect(await get('/healthz')).toEqual({ status: 200, type: 'text/plain', body: 'ok\n' });
  });

  test('is ready without troubles', async () => {
    expect(await get('/readyz')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  test('is not ready with troubles, and names them, as long as they last', async () => {
    troubles = ['base directory: BaseDirectoryMissing: mount it', 'nodes: not listed yet'];
    expect(await get('/readyz')).toEqual({
      status: 503,
      type: 'text/plain',
      body: 'not ready\nbase directory: BaseDirectoryMissing: mount it\nnodes: not listed yet\n',
    });
    troubles = [];
    expect(await get('/readyz')).toMatchObject({ status: 200 });
  });

  test('serves the metrics in the format that Prometheus asks for', async () => {
    const { status, type, body } = await get('/metrics');
    expect({ status, type }).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
    expect(body).toContain('controller_persistentvolumeclaim_provision_total');
  });

  test('serves what is known of the volumes as JSON', async () => {
    const { status: code, type, body } = await get('/volumes');
    expect({ code, type }).toEqual({ code: 200, type: 'application/json' });
    expect(JSON.parse(body)).toEqual(await status());
  });

  test('passes over a query', async () => {
    expect(await get('/readyz?verbose')).toMatchObject({ status: 200 });
  });

  test.each(['/', '/nothing', '/metrics/', '/constructor', '/__proto__', '/healthz/../secret'])(
    'has nothing at %s',
    async (path) => {
      expect(await get(path)).toMatchObject({ status: 404, body: 'not found\n' });
    },
  );

  test.each(['//', '//[', 'http://[', '*', '/%', '?', 'http://other/metrics', '\\', `/${'a'.repeat(8_000)}`])(
    'outlives the request target %s',
    async (target) => {
      expect(await getRaw(target)).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(await get('/healthz')).toMatchObject({ status: 200 });
    },
  );

  test('says which address it cannot listen on, and what to change', async () => {
    const second = serveHttp({ host, port: server.port, metrics, troubles: () => [], status });
    await expect(second).rejects.toThrow(StartError);
    await expect(second).rejects.toThrow(
      new RegExp(`cannot listen on ${host}:${server.port} .*EADDRINUSE.*--http-address`),
    );
  });

  test('closes although a client holds its connection', async () => {
    const socket = connect(server.port, host);
    await once(socket, 'connect');
    socket.on('error', () => {});
    await server.close();
    socket.destroy();
    await expect(get('/healthz')).rejects.toThrow();
    server = await serveHttp({ host, port: 0, metrics, troubles: () => troubles, status });
  });

  test('on every address it is reached by IPv4, also where IPv6 is off', async () => {
    const everywhere = await serveHttp({ host: '::', port: 0, metrics, troubles: () => [], status });
    expect((await fetch(`http://127.0.0.1:${everywhere.port}/healthz`)).status).toBe(200);
    await everywhere.close();

    const listen = vi.spyOn(Server.prototype, 'listen').mockImplementationOnce(function (this: Server) {
      const refused = Object.assign(new Error('address family not supported'), { code: 'EAFNOSUPPORT' });
      process.nextTick(() => this.emit('error', refused));
      return this;
    });
    const withoutIpv6 = await serveHttp({ host: '::', port: 0, metrics, troubles: () => [], status });
    listen.mockRestore();
    expect((await fetch(`http://127.0.0.1:${withoutIpv6.port}/healthz`)).status).toBe(200);
    await withoutIpv6.close();
  });
});
