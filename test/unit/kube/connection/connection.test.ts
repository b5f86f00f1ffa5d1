import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKubeApi } from '../../../../src/kube/calls/client.ts';
import { type Connection, type ConnectionOptions, openConnection } from '../../../../src/kube/connection/connection.ts';
import { StartError } from '../../../../src/model/start-error.ts';
import { otherIdentity, serverIdentity } from '../../../support/certificates.ts';
import { httpProxy, socksProxy } from '../../../support/proxies.ts';
import { json, type ScriptedRequest, ScriptedServer, status } from '../../../support/scripted-server.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';
import { kubeconfig, writeKubeconfig } from '../kubeconfig.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory[Symbol.asyncDispose]());

/** A call may begin while the connection of the one before is not quite free. */
const few = 2;

const emptyList = json(200, { kind: 'PersistentVolumeList', items: [] });
const certificateAuthority = Buffer.from(serverIdentity.certificate).toString('base64');

/** A connection that ends with the test. */
async function open(text: string, options?: ConnectionOptions): Promise<Connection & AsyncDisposable> {
  const kubeconfigPath = await writeKubeconfig(directory.path, text);
  return disposable(await openConnection({ kubeconfigPath, environment: {} }, options));
}

function disposable(connection: Connection): Connection & AsyncDisposable {
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.close() });
}

async function get(connection: Connection, { forWatch = false } = {}): Promise<number> {
  const request = { method: 'GET', path: '/api/v1/persistentvolumes' } as const;
  if (!forWatch) return (await connection.call(request, { timeoutMs: 5_000 })).statusCode;
  const answer = await connection.watch(request, AbortSignal.timeout(5_000));
  await answer.body.dump();
  return answer.statusCode;
}

async function times(count: number, work: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done += 1) await work();
}

function tokensSeen(server: ScriptedServer): (string | undefined)[] {
  return server.requests.map(({ headers }) => headers.authorization);
}

describe('connections', () => {
  const user = { token: 'secret' };
  const cluster = { 'certificate-authority-data': certificateAuthority };

  test.each([
    ['directly', undefined],
    ['through an HTTP proxy', httpProxy],
    ['through a SOCKS proxy', socksProxy],
  ])('calls one after the other share one %s, although the credentials are read again', async (_, startProxy) => {
    await using server = await ScriptedServer.start(() => emptyList, { tls: true });
    await using proxy = await startProxy?.();
    const reached = { ...cluster, ...(proxy && { 'proxy-url': proxy.url }) };
    const url = server.url.replace('127.0.0.1', 'localhost');
    await using connection = await open(kubeconfig(url, { cluster: reached, user }), { credentialsMaxAgeMs: 0 });
    await times(100, () => get(connection));
    expect(server.connections).toBeLessThanOrEqual(few);
    if (proxy !== undefined) expect(proxy.tunnels()).toBe(server.connections);
  });

  test('calls at once take as many as are allowed', async () => {
    await using server = await ScriptedServer.start(() => emptyList, { tls: true });
    await using connection = await open(kubeconfig(server.url, { cluster, user }), { connections: 4 });
    await Promise.all(Array.from({ length: 100 }, () => get(connection)));
    expect(server.connections).toBe(4);
  });

  test('watches that end quickly use few', async () => {
    await using server = await ScriptedServer.start(() => emptyList, { tls: true });
    await using connection = await open(kubeconfig(server.url, { cluster, user }));
    await times(100, () => get(connection, { forWatch: true }));
    expect(server.connections).toBeLessThanOrEqual(few);
  });

  test('a watch does not take one from the calls', async () => {
    const watching = (request: ScriptedRequest) => (request.query.has('watch') ? () => {} : emptyList);
    await using server = await ScriptedServer.start(watching, { tls: true });
    await using connection = await open(kubeconfig(server.url, { cluster, user }), { connections: 1 });
    const stop = new AbortController();
    const watch = connection.watch({ method: 'GET', path: '/x?watch=true' }, stop.signal);
    expect(await get(connection)).toBe(200);
    stop.abort();
    await expect(watch).rejects.toThrow();
  });

  test('are made anew with a client certificate that was renewed', async () => {
    const files = { certificate: join(directory.path, 'client.crt'), key: join(directory.path, 'client.key') };
    const write = async (identity: typeof otherIdentity) => {
      await writeFile(files.certificate, identity.certificate);
      await writeFile(files.key, identity.key);
    };
    await write(serverIdentity);
    await using server = await ScriptedServer.start(() => emptyList, { tls: true });
    const user = { 'client-certificate': files.certificate, 'client-key': files.key };
    await using connection = await open(kubeconfig(server.url, { cluster, user }), { credentialsMaxAgeMs: 0 });
    await get(connection);
    await write(otherIdentity);
    await get(connection);
    expect(server.requests.map(({ certificate }) => certificate)).toEqual(['test-a', 'test-b']);
  });
});

describe('requests', () => {
  const user = { token: 'secret' };
  test.each([
    ['carry no token without TLS, as with kubectl', {}, undefined],
    ['carry it if the kubeconfig gives up the protection', { 'insecure-skip-tls-verify': true }, 'Bearer secret'],
  ])('%s', async (_, cluster, authorization) => {
    await using server = await ScriptedServer.start(() => emptyList);
    await using connection = await open(kubeconfig(`${server.url}/k8s/clusters/c-1/`, { cluster, user }));
    await get(connection);
    expect(tokensSeen(server)).toEqual([authorization]);
    expect(server.requests[0]?.path).toBe('/k8s/clusters/c-1/api/v1/persistentvolumes');
  });
});

const acceptOnly = (token: () => string) => (request: ScriptedRequest) =>
  request.headers.authorization === `Bearer ${token()}` ? emptyList : status(401, 'Unauthorized', 'Unauthorized');

describe('a kubeconfig that is replaced', () => {
  const cluster = { 'certificate-authority-data': certificateAuthority };
  const warnings: string[] = [];
  const log = { warn: ({ message }: { message: string }) => warnings.push(message), info: () => {} } as never;
  beforeEach(() => warnings.splice(0));

  test('gives its new credentials although the former ones still serve', async () => {
    await using server = await ScriptedServer.start(() => emptyList, { tls: true });
    const text = (token: string) => kubeconfig(server.url, { cluster, user: { token } });
    await using connection = await open(text('first'), { credentialsMaxAgeMs: 0 });
    await get(connection);
    await writeKubeconfig(directory.path, text('second'));
    await get(connection);
    expect(tokensSeen(server)).toEqual(['Bearer first', 'Bearer second']);
  });

  test.each([
    ['is cut off', () => '{"clusters": [', /it is not YAML/],
    ['is empty', () => '', /the input is empty/],
    ['cannot be worked with', () => kubeconfig('https://x', { cluster: { 'proxy-url': 'ftp://x' } }), /ftp/],
    ['leads to another server', () => kubeconfig('https://another'), /the server has changed: restart the daemon/],
  ])('changes nothing when it %s, and that is told once', async (_, text, problem) => {
    await using server = await ScriptedServer.start(() => emptyList, { tls: true });
    const first = kubeconfig(server.url, { cluster, user: { token: 'first' } });
    await using connection = await open(first, { credentialsMaxAgeMs: 0, log });
    await writeKubeconfig(directory.path, text());
    await times(3, () => get(connection));
    expect(tokensSeen(server)).toEqual(Array(3).fill('Bearer first'));
    expect(warnings).toEqual([expect.stringMatching(problem)]);
  });
});

describe('a server that cannot be used', () => {
  test('is told once for each cause, whatever is asked of it, and once that it can be used again', async () => {
    const said: string[] = [];
    const say = ({ message = '' }: { message?: string }, text: string) => said.push(`${text}: ${message}`);
    const log = { warn: say, info: say } as never;
    await using former = await ScriptedServer.start(() => emptyList);
    const { port, url } = former;
    await former[Symbol.asyncDispose]();
    await using connection = await open(kubeconfig(url), { log });
    await times(3, () => get(connection).catch(() => undefined));
    await using _ = await ScriptedServer.start(() => emptyList, { port });
    await get(connection);
    expect(said).toEqual([
      `API server cannot be used, retrying: connect ECONNREFUSED 127.0.0.1:${port}`,
      'API server can be used again: ',
    ]);
  });
});

describe('the token of a pod', () => {
  let tokenPath: string;
  beforeEach(async () => {
    const serviceAccount = join(directory.path, 'serviceaccount');
    tokenPath = join(serviceAccount, 'token');
    await mkdir(serviceAccount);
    await writeFile(join(serviceAccount, 'ca.crt'), serverIdentity.certificate);
    await writeFile(tokenPath, 'first');
  });

  const openInPod = async (server: ScriptedServer) =>
    disposable(
      await openConnection({
        environment: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: `${server.port}` },
        serviceAccountPath: join(directory.path, 'serviceaccount'),
      }),
    );

  test('is read once more for many calls that the server refuses together', async () => {
    let accepted = 'first';
    const script = acceptOnly(() => accepted);
    await using server = await ScriptedServer.start(script, { tls: true });
    await using connection = await openInPod(server);
    expect(await get(connection)).toBe(200);
    await writeFile(tokenPath, 'second');
    accepted = 'second';
    expect(await get(connection)).toBe(200);
    expect(tokensSeen(server)).toEqual(['Bearer first', 'Bearer first', 'Bearer second']);
    await writeFile(tokenPath, 'third');
    accepted = 'third';
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(connection)));
    expect(new Set(answers)).toEqual(new Set([200]));
  });

  test('is tried twice for each call, no more, while the server refuses it', async () => {
    const script = acceptOnly(() => 'another');
    await using server = await ScriptedServer.start(script, { tls: true });
    await using connection = await openInPod(server);
    const reading = createKubeApi(connection).readVolume('pvc-1');
    await expect(reading).rejects.toMatchObject({ reason: 'Unauthorized', status: 401 });
    expect(server.requests).toHaveLength(2);
  });
});

describe('openConnection says at once that', () => {
  const server = 'https://127.0.0.1:6443';
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const cert = { 'client-certificate-data': base64(serverIdentity.certificate) };
  const pair = { ...cert, 'client-key-data': base64(serverIdentity.key) };
  const missingFile = { ...pair, 'client-certificate-data': '', 'client-certificate': '/nowhere/tls.crt' };
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'no-such-plugin',
    installHint: 'Get it at x.',
  };
  const ofCluster = 'cluster "test": certificate-authority';
  const ofUser = 'user "tester": ';
  test.each<[string, { cluster?: object; user?: object }, string, RegExp]>([
    ['the authority cannot be read', { cluster: { 'certificate-authority': '/nowhere/ca.crt' } }, ofCluster, /ENOENT/],
    ['the authority is not PEM', { cluster: { 'certificate-authority-data': base64('x') } }, ofCluster, /PEM/],
    ['a certificate cannot be read', { user: missingFile }, ofUser, /client-certificate \/nowhere\/tls.crt: .*ENOENT/],
    ['a certificate is not PEM', { user: { ...pair, 'client-certificate-data': base64('x') } }, ofUser, /PEM/],
    ['a key is not PEM', { user: { ...cert, 'client-key-data': base64('x') } }, ofUser, /client-key .*PEM/],
    ['a key is of another', { user: { ...cert, 'client-key-data': base64(otherIdentity.key) } }, ofUser, /client-key /],
    [
      'a token cannot be read',
      { user: { tokenFile: '/nowhere/token' } },
      ofUser,
      /tokenFile \/nowhere\/token: .*ENOENT/,
    ],
    ['a token fits into no header', { user: { token: 'a\nb' } }, ofUser, /HTTP header/],
    ['a plugin is missing', { user: { exec } }, ofUser, /no-such-plugin is not installed: .*Get it at x./],
  ])('%s', async (_, parts, of, problem) => {
    const opening = open(kubeconfig(server, parts));
    await expect(opening).rejects.toThrow(StartError);
    const problems = [expect.stringMatching(problem)];
    await expect(opening).rejects.toMatchObject({ problems });
    await expect(opening).rejects.toThrow(`kubeconfig ${join(directory.path, 'kubeconfig')}: ${of}`);
  });

  test('the ServiceAccount of the pod has no token', async () => {
    const environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '6443' };
    const opening = openConnection({ environment, serviceAccountPath: directory.path });
    await expect(opening).rejects.toThrow(/the ServiceAccount of this pod: .*tokenFile .*ENOENT/);
  });
});
