import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Identity } from './authority.ts';

/** A proxy on the loopback address. */
export interface Proxy extends AsyncDisposable {
  url: string;
  /** How many tunnels it has made. */
  tunnels: () => number;
}

/** A proxy that wants these, as `name:password`, lets nobody else through. */
export interface ProxyOptions {
  credentials?: string;
}

export function httpProxy(options: ProxyOptions = {}): Promise<Proxy> {
  const state = { tunnels: 0 };
  return listen(tunnelling(createHttpServer(), state, options), 'http', state, options);
}

export function httpsProxy({ certificate, key }: Identity): Promise<Proxy> {
  const state = { tunnels: 0 };
  return listen(tunnelling(createHttpsServer({ cert: certificate, key }), state, {}), 'https', state, {});
}

/** Speaks just enough of SOCKS 5 (RFC 1928 and 1929): a name and a password if it wants them, and CONNECT. */
export function socksProxy(options: ProxyOptions = {}): Promise<Proxy> {
  const state = { tunnels: 0 };
  const server = createServer(async (socket) => {
    socket.on('error', () => {});
    const next = async (): Promise<Buffer> => (await once(socket, 'data'))[0];
    await next();
    socket.write(Buffer.from([5, options.credentials === undefined ? 0 : 2]));
    if (options.credentials !== undefined) {
      const [, length = 0, ...rest] = await next();
      const given = `${Buffer.from(rest.slice(0, length))}:${Buffer.from(rest.slice(length + 1))}`;
      socket.write(Buffer.from([1, given === options.credentials ? 0 : 1]));
    }
    const request = await next();
    state.tunnels += 1;
    const granted = Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    const target = connect(request.readUInt16BE(request.length - 2), hostIn(request), () => socket.write(granted));
    join(socket, target);
  });
  return listen(server, 'socks5', state, options);
}

function hostIn(request: Buffer): string {
  const address = request.subarray(4, -2);
  if (request[3] === 3) return address.subarray(1).toString();
  return request[3] === 1 ? [...address].join('.') : address.toString('hex').replaceAll(/(.{4})(?!$)/g, '$1:');
}

function tunnelling<Kind extends Server>(
  server: Kind,
  state: { tunnels: number },
  { credentials }: ProxyOptions,
): Kind {
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const wanted = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
    if (request.headers['proxy-authorization'] !== wanted) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    state.tunnels += 1;
    const { hostname, port } = new URL(`http://${request.url}`);
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const target = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    join(socket, target);
  });
  return server;
}

function join(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  for (const socket of [one, other]) socket.on('error', () => {});
}

async function listen(
  server: Server,
  scheme: string,
  state: { tunnels: number },
  { credentials }: ProxyOptions,
): Promise<Proxy> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const user = credentials === undefined ? '' : `${credentials}@`;
  return {
    url: `${scheme}://${user}127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels: () => state.tunnels,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
