import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { runInPod } from '../../../../src/kube/calls/exec.ts';
import { openConnection } from '../../../../src/kube/connection/connection.ts';
import { authority } from '../../../support/authority.ts';
import { ExecServer, type ExecServerOptions, type Play, send, sendEnd } from '../../../support/exec-server.ts';
import { httpProxy, socksProxy } from '../../../support/proxies.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';
import { kubeconfig, writeKubeconfig } from '../kubeconfig.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const root = { 'certificate-authority-data': base64(authority.root) };
const request = {
  namespace: 'system',
  pod: 'daemon-1',
  container: 'daemon',
  command: ['list', '--all'],
  timeoutMs: 10_000,
};

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

interface Parts {
  cluster?: object;
  user?: object;
  timeoutMs?: number;
}

/** Runs the command on a server, as a user of its kubeconfig. */
async function run(server: ExecServer, { cluster = {}, user = {}, timeoutMs = request.timeoutMs }: Parts = {}) {
  await using directory = await temporaryDirectory();
  const kubeconfigPath = await writeKubeconfig(directory.path, kubeconfig(server.url, { cluster, user }));
  const connection = await openConnection({ kubeconfigPath, environment: {} });
  try {
    return await runInPod(connection, { ...request, timeoutMs });
  } finally {
    await connection.close();
  }
}

const succeed: Play = (webSocket) => sendEnd(webSocket, 0);

async function played(play: Play, options?: ExecServerOptions) {
  await using server = await ExecServer.start(play, options);
  return await run(server);
}

describe('A command in a pod', () => {
  test('is asked for with its container and arguments, in the newest subprotocol and the one before', async () => {
    await using server = await ExecServer.start(succeed);
    await run(server);
    const [seen] = server.seen;
    expect(seen).toMatchObject({
      path: '/api/v1/namespaces/system/pods/daemon-1/exec',
      protocols: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    });
    expect([...(seen?.query ?? [])]).toEqual([
      ['container', 'daemon'],
      ['stdout', 'true'],
      ['stderr', 'true'],
      ['command', 'list'],
      ['command', '--all'],
    ]);
  });

  test.each(['v5.channel.k8s.io', 'v4.channel.k8s.io'])(
    'leaves its output and its exit status: %s',
    async (protocol) => {
      const play: Play = (webSocket) => {
        const text = Buffer.from('Größe\n');
        send(webSocket, 'stdout', ''); // an API server begins so
        send(webSocket, 'stdout', text.subarray(0, 3)); // within a character
        send(webSocket, 'stderr', 'oh');
        send(webSocket, 'stdout', text.subarray(3));
        sendEnd(webSocket, 3);
      };
      expect(await played(play, { protocol })).toEqual({ exitCode: 3, stdout: 'Größe\n', stderr: 'oh' });
    },
  );
});

describe('It fails, and says why, when', () => {
  const failing = (play: Play, options?: ExecServerOptions) => played(play, options).catch((error) => error);

  test.each([
    [403, 'Forbidden'],
    [404, 'NotFound'],
    [500, 'Unknown'],
  ])('the server refuses with %d', async (code, reason) => {
    const error = await failing(succeed, { refuse: () => code });
    expect(error).toMatchObject({ name: 'ApiError', reason, status: code });
    expect(error.message).toBe(`cannot run "list --all" in pod system/daemon-1: refused with ${code} (HTTP ${code})`);
  });

  test('the connection ends before the command', async () => {
    const error = await failing((webSocket) => webSocket.terminate());
    expect(error).toMatchObject({ name: 'ApiError', reason: 'Unknown' });
    expect(error.message).toContain('the connection ended before the command');
  });

  test('the command could not be started', async () => {
    const message = 'command not found';
    const play: Play = (webSocket) => send(webSocket, 'status', JSON.stringify({ status: 'Failure', message }));
    expect((await failing(play)).message).toContain(message);
  });

  test('nobody listens', async () => {
    const server = await ExecServer.start(succeed);
    await server[Symbol.asyncDispose]();
    await expect(run(server)).rejects.toThrow(/^cannot run "list --all" in pod system\/daemon-1: .*ECONNREFUSED/);
  });

  test('the command does not end in time', async () => {
    await using server = await ExecServer.start(() => {});
    await expect(run(server, { timeoutMs: 100 })).rejects.toThrow('did not end within 100 ms');
  });
});

describe('It goes over the same connection as requests:', () => {
  test('with the authority of the kubeconfig, the name of its certificate, and a token', async () => {
    await using server = await ExecServer.start(succeed, { tls: authority.server });
    const cluster = { ...root, 'tls-server-name': 'kubernetes.test' };
    expect(await run(server, { cluster, user: { token: 'secret' } })).toMatchObject({ exitCode: 0 });
    expect(server.seen).toMatchObject([{ authorization: 'Bearer secret' }]);
  });

  test('not with another authority', async () => {
    await using server = await ExecServer.start(succeed, { tls: authority.server });
    await expect(run(server, { user: { token: 'secret' } })).rejects.toThrow('no certificate authority');
    expect(server.seen).toEqual([]);
  });

  test('with a client certificate', async () => {
    await using server = await ExecServer.start(succeed, { tls: authority.server });
    const { certificate, key } = authority.clients.ec;
    const user = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };
    await run(server, { cluster: root, user });
    expect(server.seen[0]?.certificate).toBeTypeOf('string');
  });

  test.each([
    ['an HTTP proxy', httpProxy],
    ['a SOCKS proxy', socksProxy],
  ])('through %s', async (_, startProxy) => {
    await using server = await ExecServer.start(succeed, { tls: authority.server });
    await using proxy = await startProxy();
    const cluster = { ...root, 'proxy-url': proxy.url };
    expect(await run(server, { cluster, user: { token: 'secret' } })).toMatchObject({ exitCode: 0 });
    expect(proxy.tunnels()).toBe(1);
  });

  test('as another user, in several groups', async () => {
    await using server = await ExecServer.start(succeed);
    const cluster = { 'insecure-skip-tls-verify': true };
    await run(server, { cluster, user: { token: 'secret', as: 'jane', 'as-groups': ['a', 'b'] } });
    expect(server.seen).toMatchObject([{ impersonated: { user: 'jane', groups: 'a, b' } }]);
  });

  test('to an IPv6 address', async ({ skip }) => {
    if (!hasIpv6) skip('this machine has no IPv6');
    await using server = await ExecServer.start(succeed, { tls: authority.server, host: '::1' });
    const cluster = { ...root, 'tls-server-name': 'kubernetes.test' };
    expect(await run(server, { cluster, user: { token: 'secret' } })).toMatchObject({ exitCode: 0 });
  });

  test('once again with other credentials after a 401', async () => {
    let requests = 0;
    const refuse = () => (++requests === 1 ? 401 : undefined);
    expect(await played(succeed, { refuse })).toMatchObject({ exitCode: 0 });
    expect(requests).toBe(2);
  });
});
