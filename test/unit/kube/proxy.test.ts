import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createKubeApi } from '../../../src/kube/client.ts';
import { openConnection } from '../../../src/kube/connection.ts';
import { serverIdentity } from '../../support/certificates.ts';
import { json, ScriptedServer } from '../../support/scripted-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { kubeconfig, writeKubeconfig } from './kubeconfig.ts';

/** Counts the tunnels that a proxy makes. */
interface Proxy extends AsyncDisposable {
  url: string;
  tunnels: () => number;
}

async function listen(server: Server, scheme: string, tunnels: () => number): Promise<Proxy> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, tunnels, [Symbol.asyncDispose]: async () => void server.close() };
}

function join(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  for (const socket of [one, other]) socket.on('error', () => {});
}

function httpProxy(): Promise<Proxy> {
  let tunnels = 0;
  const server = createHttpServer().on('connect', (request, socket: Socket) => {
    tunnels += 1;
    const { hostname, port } = new URL(`http://${request.url}`);
    const target = connect(Number(port), hostname, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    join(socket, target);
  });
  return listen(server, 'http', () => tunnels);
}

/** Speaks just enough of SOCKS 5 (RFC 1928): no authentication, and CONNECT to a name. */
function socksProxy(): Promise<Proxy> {
  let tunnels = 0;
  const server = createServer(async (socket) => {
    await once(socket, 'data');
    socket.write(Buffer.from([5, 0]));
    const [request]: Buffer[] = await once(socket, 'data');
    if (request === undefined) return;
    tunnels += 1;
    const name = request.subarray(5, -2).toString();
    const granted = Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    const target = connect(request.readUInt16BE(request.length - 2), name, () => socket.write(granted));
    join(socket, target);
  });
  return listen(server, 'socks5', () => tunnels);
}

test.each([
  ['an HTTP proxy', httpProxy],
  ['a SOCKS proxy', socksProxy],
])('calls go through %s, on few connections', async (_, startProxy) => {
  await using directory = await temporaryDirectory();
  await using server = await ScriptedServer.start(() => json(200, { kind: 'PersistentVolume' }), { tls: true });
  await using proxy = await startProxy();
  const cluster = {
    'proxy-url': proxy.url,
    'certificate-authority-data': Buffer.from(serverIdentity.certificate).toString('base64'),
  };
  const kubeconfigPath = await writeKubeconfig(
    directory.path,
    kubeconfig(server.url.replace('127.0.0.1', 'localhost'), { cluster }),
  );
  const connection = await openConnection({ kubeconfigPath, environment: {} });
  const api = createKubeApi(connection);
  for (let calls = 0; calls < 20; calls += 1) await api.readVolume('pvc-1');
  await connection.close();

  expect(server.requests).toHaveLength(20);
  expect(proxy.tunnels()).toBeGreaterThan(0);
  expect(proxy.tunnels()).toBeLessThanOrEqual(2);
});
