import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { node } from '../support/build.ts';
import { otherIdentity } from '../support/certificates.ts';
import { DaemonProcess } from '../support/daemon-process.ts';
import {
  json,
  part,
  type Reply,
  type ScriptedRequest,
  ScriptedServer,
  status,
  text,
} from '../support/scripted-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const token = `token-${randomUUID()}`;
const password = `password-${randomUUID()}`;
const proxyPassword = `proxy-${randomUUID()}`;
const pluginToken = `plugin-${randomUUID()}`;
const base64 = (value: string): string => Buffer.from(value).toString('base64');

/** What must never be shown, in each form in which it may stand somewhere. */
const secrets = [
  ...[token, password, proxyPassword, pluginToken],
  ...[`user:${password}`, `proxy:${proxyPassword}`].map(base64),
  ...otherIdentity.key.split('\n').filter((line) => line.length > 40),
];

const shown = (output: string): string[] => secrets.filter((secret) => output.includes(secret));

/** A server that tells everybody what it was sent, as servers do that are made for finding faults. */
const echo = ({ headers }: ScriptedRequest): string => Object.entries(headers).flat().join(' ');

const list = (kind: string, ...items: object[]): Reply =>
  json(200, { kind: `${kind}List`, apiVersion: 'v1', metadata: { resourceVersion: '1' }, items });

const className = 'fast';
const nodeName = 'node-1';
const claim = {
  metadata: {
    name: 'data',
    namespace: 'default',
    uid: randomUUID(),
    annotations: { 'volume.kubernetes.io/storage-provisioner': 'hostpath-provisioner' },
  },
  spec: { storageClassName: className, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
  status: { phase: 'Pending' },
};

/** A cluster with one claim to provision, in which `failure` happens. */
function clusterWith(failure: (request: ScriptedRequest) => Reply | undefined) {
  return (request: ScriptedRequest): Reply => {
    const failed = failure(request);
    if (failed !== undefined) return failed;
    if (request.query.has('watch')) return part('');
    if (request.path.endsWith('/events')) return json(201, JSON.parse(request.body));
    if (request.path.endsWith('/persistentvolumeclaims')) return list('PersistentVolumeClaim', claim);
    if (request.path.endsWith('/storageclasses')) {
      return list('StorageClass', { metadata: { name: className }, provisioner: 'hostpath-provisioner' });
    }
    if (request.path.endsWith('/nodes')) return list('Node', node(nodeName));
    return list('Object');
  };
}

interface Credentials {
  cluster?: object;
  user: object;
}

const tokenAndCertificate: Credentials = {
  user: {
    token,
    'client-certificate-data': base64(otherIdentity.certificate),
    'client-key-data': base64(otherIdentity.key),
  },
};

function kubeconfig(server: string, { cluster = {}, user }: Credentials): string {
  const name = 'test';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}

/** Everything that a daemon shows until `words` are in it. */
async function allThatIsShown(
  server: Pick<ScriptedServer, 'url' | 'requests'>,
  credentials: Credentials,
  words: RegExp,
): Promise<string> {
  await using directory = await temporaryDirectory();
  const baseDirectory = join(directory.path, 'base');
  const kubeconfigPath = join(directory.path, 'kubeconfig');
  await mkdir(baseDirectory);
  await writeFile(kubeconfigPath, kubeconfig(server.url, credentials));
  const daemon = new DaemonProcess({
    program: inject('program'),
    kubeconfigPath,
    nodeName,
    baseDirectory,
    provisionerNames: ['hostpath-provisioner'],
    logLevel: 'trace',
  });
  const show = async (): Promise<string> => {
    const paths = ['/readyz', '/healthz', '/metrics'] as const;
    const listens = daemon.output.includes('"httpPort"');
    const pages = listens ? await Promise.all(paths.map((path) => daemon.get(path))) : [];
    const events = server.requests.filter(({ path }) => path.endsWith('/events')).map(({ body }) => body);
    return [daemon.output, ...pages.map((page) => page.text), ...events].join('\n');
  };
  try {
    return await until(`it is shown: ${words}`, async () => {
      const output = await show();
      if (!words.test(output)) throw new Error(output.slice(-2_000));
      return output;
    });
  } finally {
    await daemon.kill();
    await daemon.silent;
    expect(shown(daemon.output)).toEqual([]);
  }
}

describe('no credential is shown', () => {
  test.for<[string, RegExp, (request: ScriptedRequest) => Reply | undefined]>([
    ['401 by a server that says what it was sent', /HTTP 401/, (request) => text(401, echo(request))],
    [
      '403 by a server that says what it was sent',
      /HTTP 403/,
      (request) => status(403, 'Forbidden', `you may not: ${echo(request)}`),
    ],
    ['500 by a server that says what it was sent', /HTTP 500/, (request) => text(500, echo(request))],
    ['an answer that is what was sent', /not JSON/, (request) => text(200, echo(request))],
    [
      'a watch that tells what was sent',
      /no event|not JSON/,
      (request) => (request.query.has('watch') ? part(`${JSON.stringify({ type: echo(request) })}\n`) : undefined),
    ],
    [
      'a watch that ends with an error that tells what was sent',
      /HTTP 400/,
      (request) =>
        request.query.has('watch')
          ? part(`${JSON.stringify({ type: 'ERROR', object: { code: 400, message: echo(request) } })}\n`)
          : undefined,
    ],
    [
      'a volume that is refused with what was sent, which an Event tells on',
      /ProvisioningFailed.*HTTP 422/,
      (request) =>
        request.method === 'POST' && request.path.endsWith('/persistentvolumes')
          ? status(422, 'Invalid', `invalid: ${echo(request)}`)
          : undefined,
    ],
    ['a connection that breaks', /other side closed|ECONNRESET/, () => (response) => response.destroy()],
    [
      'an answer that is no HTTP',
      /Parse|Expected|Invalid/i,
      (request) => (response) => response.socket?.end(`${echo(request)}\r\n\r\n`),
    ],
  ])('upon %s', async ([, words, failure]) => {
    await using server = await ScriptedServer.start(clusterWith(failure), { tls: true });
    expect(shown(await allThatIsShown(server, tokenAndCertificate, words))).toEqual([]);
    expect(server.requests.some(({ headers }) => headers.authorization === `Bearer ${token}`)).toBe(true);
    expect(server.requests.some(({ certificate }) => certificate !== undefined)).toBe(true);
  });

  test('upon a server that nobody vouches for', async () => {
    await using server = await ScriptedServer.start(
      clusterWith(() => undefined),
      { tls: true },
    );
    const cluster = {
      'insecure-skip-tls-verify': false,
      'certificate-authority-data': base64(otherIdentity.certificate),
    };
    expect(shown(await allThatIsShown(server, { ...tokenAndCertificate, cluster }, /certificate/))).toEqual([]);
  });

  const plugin = (printed: string) => ({
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'echo', args: [printed] },
  });
  const credential = JSON.stringify({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: pluginToken },
  });

  test.for<[string, object, string]>([
    ['a name and a password', { username: 'user', password }, `Basic ${base64(`user:${password}`)}`],
    ['a token of a plugin', plugin(credential), `Bearer ${pluginToken}`],
  ])('when it is %s', async ([, user, header]) => {
    await using server = await ScriptedServer.start(
      clusterWith((request) => text(403, echo(request))),
      { tls: true },
    );
    expect(shown(await allThatIsShown(server, { user }, /HTTP 403/))).toEqual([]);
    expect(server.requests.some(({ headers }) => headers.authorization === header)).toBe(true);
  });

  test.for<[string, Credentials, string, RegExp]>([
    ['a plugin that prints a bare token', { user: plugin(pluginToken) }, '', /what it printed is not JSON/],
    [
      'a proxy that is not there',
      { ...tokenAndCertificate, cluster: { 'proxy-url': `http://proxy:${proxyPassword}@127.0.0.1:1` } },
      '',
      /ECONNREFUSED/,
    ],
    [
      'a proxy whose URL is none',
      { ...tokenAndCertificate, cluster: { 'proxy-url': `http://proxy:${proxyPassword}@127.0.0.1:port` } },
      '',
      /its proxy-url is no URL/,
    ],
    ['a password in the URL of the server', tokenAndCertificate, `user:${password}@`, /has a user in its URL/],
    ['a token that no header can hold', { user: { token: `${token}\n${randomBytes(4).toString('hex')}` } }, '', /./],
  ])('upon %s', async ([, credentials, userInfo, words]) => {
    const nowhere = { url: `https://${userInfo}127.0.0.1:1`, requests: [] };
    expect(shown(await allThatIsShown(nowhere, credentials, words))).toEqual([]);
  });
});
