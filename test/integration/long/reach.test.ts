import { readFile, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { authority, type Identity } from '../../support/authority.ts';
import { otherIdentity } from '../../support/certificates.ts';
import { type Proxy as AnyProxy, httpProxy, httpsProxy, socksProxy } from '../../support/proxies.ts';
import {
  emptyCluster,
  execCredential,
  reachAsDaemon,
  reachAsKubectl,
  type Seen,
  startBundle,
  writePlugin,
} from '../../support/reach.ts';
import { type Reply, type ScriptedRequest, ScriptedServer, status } from '../../support/scripted-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';
import { kubeconfig, writeKubeconfig } from '../../unit/kube/kubeconfig.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const root = { 'certificate-authority-data': base64(authority.root) };
const token = { token: 'secret' };
const bearer = { authorization: 'Bearer secret' };

interface Parts {
  cluster?: object;
  user?: object;
  /** In place of the server's own URL. */
  server?: (url: string) => string;
  env?: Record<string, string>;
}

interface Row {
  parts: Parts | ((folder: string) => Parts | Promise<Parts>);
  /** What the server sees of who reaches it, or what the daemon says when it cannot. */
  answer: Seen | RegExp;
  proxy?: () => Promise<AnyProxy>;
  host?: string;
}

/** Has the daemon use a kubeconfig; where Kubernetes is built, kubectl is the judge of what must come of it. */
async function judge({ parts, answer, proxy: startProxy, host = '127.0.0.1' }: Row): Promise<void> {
  await using directory = await temporaryDirectory();
  await using server = await ScriptedServer.start(emptyCluster, { tls: authority.server, host });
  await using proxy = await startProxy?.();
  const {
    cluster = root,
    user = token,
    server: move,
    env,
  } = await (typeof parts === 'function' ? parts(directory.path) : parts);
  const kubeconfigPath = await writeKubeconfig(
    directory.path,
    kubeconfig(move?.(server.url) ?? server.url, {
      cluster: { ...cluster, ...(proxy && { 'proxy-url': proxy.url }) },
      user,
    }),
  );
  const attempt = { folder: directory.path, kubeconfigPath, ...(env && { env }) };

  const { seen, said } = await reachAsDaemon(server, attempt);
  if (answer instanceof RegExp) {
    expect(seen).toBeUndefined();
    expect(said).toMatch(answer);
  } else expect(seen, said).toEqual({ folder: '', certificate: undefined, ...answer });
  if (proxy !== undefined) expect(proxy.tunnels()).toBeGreaterThan(0);

  if (inject('controlPlane') !== 'real') return;
  const tunnels = proxy?.tunnels() ?? 0;
  const ofKubectl = await reachAsKubectl(server, attempt);
  expect(ofKubectl.seen, ofKubectl.said).toEqual(seen);
  if (proxy !== undefined) expect(proxy.tunnels()).toBeGreaterThan(tunnels);
}

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

describe.concurrent('the server is reached as kubectl reaches it', () => {
  test.for<[string, Row]>([
    ['vouched for by a root', { parts: { cluster: root }, answer: bearer }],
    [
      'vouched for by an intermediate alone',
      { parts: { cluster: { 'certificate-authority-data': base64(authority.intermediate) } }, answer: bearer },
    ],
    [
      'vouched for by one of several in a file beside the kubeconfig, with words between them',
      {
        async parts(folder) {
          const text = `Two of them.\n${otherIdentity.certificate}\n# the second\n${authority.root}`;
          await writeFile(join(folder, 'ca.crt'), text);
          return { cluster: { 'certificate-authority': 'ca.crt' } };
        },
        answer: bearer,
      },
    ],
    [
      'not when somebody else vouches',
      {
        parts: { cluster: { 'certificate-authority-data': base64(otherIdentity.certificate) } },
        answer: /issuer certificate: no certificate authority that the kubeconfig trusts/,
      },
    ],
    [
      'vouched for by what the system trusts',
      { parts: { cluster: {}, env: { SSL_CERT_FILE: authority.rootPath } }, answer: bearer },
    ],
    [
      'not when nobody vouches',
      {
        parts: { cluster: {} },
        answer: /issuer certificate: no certificate authority that the kubeconfig trusts/,
      },
    ],
    ['unverified', { parts: { cluster: { 'insecure-skip-tls-verify': true } }, answer: bearer }],
    ['under another name', { parts: { cluster: { ...root, 'tls-server-name': 'kubernetes.test' } }, answer: bearer }],
    [
      'not under a wrong name',
      { parts: { cluster: { ...root, 'tls-server-name': 'other.test' } }, answer: /does not match certificate/ },
    ],
    ['below a path', { parts: { server: (url) => `${url}/k8s/c-1/` }, answer: { ...bearer, folder: '/k8s/c-1' } }],
    ['through an HTTP proxy', { parts: {}, proxy: () => httpProxy(), answer: bearer }],
    [
      'through one that wants a password',
      { parts: {}, proxy: () => httpProxy({ credentials: 'me:pw' }), answer: bearer },
    ],
    ['through an HTTPS proxy', { parts: {}, proxy: () => httpsProxy(authority.server), answer: bearer }],
    ['through a SOCKS proxy', { parts: {}, proxy: () => socksProxy(), answer: bearer }],
    [
      'through one that wants a password, too',
      { parts: {}, proxy: () => socksProxy({ credentials: 'me:pw' }), answer: bearer },
    ],
    [
      'through a SOCKS proxy by name',
      { parts: { server: (url) => url.replace('127.0.0.1', 'localhost') }, proxy: () => socksProxy(), answer: bearer },
    ],
  ])('%s', ([, row]) => judge(row));

  test.for<[string, Row]>([
    ['by IPv6', { host: '::1', parts: {}, answer: bearer }],
    ['by IPv6 through an HTTP proxy', { host: '::1', parts: {}, proxy: () => httpProxy(), answer: bearer }],
    ['by IPv6 through a SOCKS proxy', { host: '::1', parts: {}, proxy: () => socksProxy(), answer: bearer }],
  ])('%s', ([, row], { skip }) => (hasIpv6 ? judge(row) : skip('no IPv6 here')));

  test('not through a proxy that is not there, and the proxy is named', () =>
    judge({
      parts: { cluster: { ...root, 'proxy-url': 'http://127.0.0.1:1' } },
      answer: /proxy 127\.0\.0\.1:1: connect ECONNREFUSED/,
    }));
});

describe.concurrent('the user is who kubectl is', () => {
  const data = ({ certificate, key }: Identity) => ({
    'client-certificate-data': base64(certificate),
    'client-key-data': base64(key),
  });
  const keys = Object.entries(authority.clients);

  test.for<[string, Row]>([
    ...keys.map(([kind, identity]): [string, Row] => [
      `with a client certificate whose key is ${kind}`,
      { parts: { user: data(identity) }, answer: { certificate: `client ${kind}` } },
    ]),
    [
      'with a client certificate in files',
      {
        async parts(folder) {
          await writeFile(join(folder, 'tls.crt'), authority.clients.ec.certificate);
          await writeFile(join(folder, 'tls.key'), authority.clients.ec.key);
          return { user: { 'client-certificate': 'tls.crt', 'client-key': 'tls.key' } };
        },
        answer: { certificate: 'client ec' },
      },
    ],
    [
      'with a token in a file',
      {
        async parts(folder) {
          await writeFile(join(folder, 'token'), 'secret\n');
          return { user: { tokenFile: 'token' } };
        },
        answer: bearer,
      },
    ],
    [
      'with a name and a password',
      { parts: { user: { username: 'me', password: 'pw' } }, answer: { authorization: `Basic ${base64('me:pw')}` } },
    ],
    [
      'acting as somebody else, in groups, with a UID and more',
      {
        parts: {
          user: {
            ...token,
            as: 'other',
            'as-uid': 'u-1',
            'as-groups': ['one', 'two'],
            'as-user-extra': { 'example.com/scopes': ['a', 'b'] },
          },
        },
        answer: {
          ...bearer,
          'impersonate-user': 'other',
          'impersonate-uid': 'u-1',
          'impersonate-group': 'one, two',
          'impersonate-extra-example.com%2fscopes': 'a, b',
        },
      },
    ],
    [
      'not with groups alone',
      { parts: { user: { ...token, 'as-groups': ['one'] } }, answer: /as-groups and as-user-extra need "as"/ },
    ],
    [
      'not with a token and a password',
      {
        parts: { user: { ...token, username: 'me', password: 'pw' } },
        answer: /a token and a password are both set/,
      },
    ],
    [
      'not with a provider that is gone from kubectl',
      {
        parts: { user: { 'auth-provider': { name: 'gcp' } } },
        answer: /auth-provider gcp is not supported.*gke-gcloud-auth-plugin/,
      },
    ],
  ])('%s', ([, row]) => judge(row));
});

describe.concurrent('a credential plugin is run as kubectl runs it', () => {
  const exec = (more: object) => ({
    exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', ...more },
  });
  const printing =
    (text: string, script = ''): Row['parts'] =>
    async (folder) => {
      await writePlugin(folder, 'plugin', `${script}\nprintf %s '${text}'`);
      return { user: exec({ command: './plugin' }) };
    };
  const ofToken = execCredential({ token: 'secret' });

  test.for<[string, Row]>([
    ['beside its kubeconfig', { parts: printing(ofToken), answer: bearer }],
    [
      'found in PATH, with arguments and variables',
      {
        async parts(folder) {
          await writePlugin(folder, 'plugin-of-path', `[ "$1$GIVEN" = "a b" ] && echo '${ofToken}'`);
          const env = [{ name: 'GIVEN', value: ' b' }];
          return {
            user: exec({ command: 'plugin-of-path', args: ['a'], env }),
            env: { PATH: `${folder}:${process.env.PATH}` },
          };
        },
        answer: bearer,
      },
    ],
    [
      'in version v1beta1',
      {
        async parts(folder) {
          await writePlugin(folder, 'plugin', `echo '${execCredential({ token: 'secret' }, 'v1beta1')}'`);
          return { user: exec({ apiVersion: 'client.authentication.k8s.io/v1beta1', command: './plugin' }) };
        },
        answer: bearer,
      },
    ],
    [
      'for a certificate',
      {
        parts: printing(
          execCredential({
            clientCertificateData: authority.clients.ec.certificate,
            clientKeyData: authority.clients.ec.key,
          }),
        ),
        answer: { certificate: 'client ec' },
      },
    ],
    ['with nothing to read', { parts: printing(ofToken, 'cat'), answer: bearer }],
    ['slowly', { parts: printing(ofToken, 'sleep 1'), answer: bearer }],
    [
      'without asking anybody, where it might',
      {
        async parts(folder) {
          await writePlugin(
            folder,
            'plugin',
            `case "$KUBERNETES_EXEC_INFO" in *'"interactive":false'*) echo '${ofToken}';; esac`,
          );
          return { user: exec({ command: './plugin', interactiveMode: 'IfAvailable' }) };
        },
        answer: bearer,
      },
    ],
    [
      'not for a user who has a token',
      {
        async parts(folder) {
          await writePlugin(folder, 'plugin', 'exit 1');
          return { user: { ...token, ...exec({ command: './plugin' }) } };
        },
        answer: bearer,
      },
    ],
    [
      'and fails, which is told in its own words',
      {
        parts: printing(ofToken, 'echo no ticket >&2; exit 3'),
        answer: /plugin failed with exit status 3: no ticket/,
      },
    ],
    [
      'and is told to be missing at once, with the way to get it',
      {
        parts: { user: exec({ command: 'no-such-plugin', installHint: 'Get it at example.com.' }) },
        answer: /plugin no-such-plugin is not installed: install it \(Get it at example\.com\.\)/,
      },
    ],
    [
      'not if it answers in another version',
      { parts: printing(execCredential({ token: 'secret' }, 'v1beta1')), answer: /answered in another version/ },
    ],
    [
      'not if it prints nothing to use',
      { parts: printing(execCredential({})), answer: /neither a token nor a certificate/ },
    ],
    [
      'not if it needs a terminal',
      { parts: { user: exec({ command: 'true', interactiveMode: 'Always' }) }, answer: /it would have no terminal/ },
    ],
  ])('%s', ([, row]) => judge(row));

  test('and is told of the cluster', async () => {
    await using directory = await temporaryDirectory();
    await using server = await ScriptedServer.start(emptyCluster, { tls: authority.server });
    await writePlugin(directory.path, 'plugin', `printf %s "$KUBERNETES_EXEC_INFO" >"$0-$WHO"; echo '${ofToken}'`);
    const cluster = {
      ...root,
      'tls-server-name': 'kubernetes.test',
      'disable-compression': true,
      extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } }],
    };
    const user = exec({ command: './plugin', provideClusterInfo: true });
    const kubeconfigPath = await writeKubeconfig(directory.path, kubeconfig(server.url, { cluster, user }));
    const attempt = { folder: directory.path, kubeconfigPath };
    const told = async (who: string) => JSON.parse(await readFile(join(directory.path, `plugin-${who}`), 'utf8'));

    await reachAsDaemon(server, attempt);
    const { spec } = await told('daemon');
    expect(spec).toMatchObject({
      interactive: false,
      cluster: {
        server: server.url,
        'tls-server-name': 'kubernetes.test',
        'disable-compression': true,
        config: { audience: 'x' },
      },
    });
    if (inject('controlPlane') !== 'real') return;
    await reachAsKubectl(server, attempt);
    expect(await told('daemon')).toEqual(await told('kubectl'));
  });

  test('and when it hangs, the daemon is up and says that it is not ready', async () => {
    await using directory = await temporaryDirectory();
    await writePlugin(directory.path, 'plugin', 'exec sleep 1000');
    const text = kubeconfig('https://127.0.0.1:1', { cluster: root, user: exec({ command: './plugin' }) });
    const kubeconfigPath = await writeKubeconfig(directory.path, text);
    const daemon = await startBundle({ folder: directory.path, kubeconfigPath });
    try {
      expect((await daemon.get('/healthz')).status).toBe(200);
      expect(await daemon.get('/readyz')).toMatchObject({ status: 503, text: expect.stringMatching(/not listed yet/) });
    } finally {
      await daemon.kill('SIGKILL');
    }
  });
});

test('several files of KUBECONFIG count as one', async () => {
  await using directory = await temporaryDirectory();
  await using server = await ScriptedServer.start(emptyCluster, { tls: authority.server });
  const whole = JSON.parse(kubeconfig(server.url, { cluster: root, user: token }));
  const { users, ...others } = whole;
  const paths = await Promise.all([
    writeKubeconfig(directory.path, JSON.stringify(others), 'first'),
    writeKubeconfig(directory.path, JSON.stringify({ users, 'current-context': 'none' }), 'second'),
    writeKubeconfig(directory.path, kubeconfig('https://127.0.0.1:1', { user: { token: 'wrong' } }), 'third'),
  ]);
  const attempt = { folder: directory.path, kubeconfigPath: ['/nowhere', ...paths].join(':') };
  const { seen } = await reachAsDaemon(server, attempt);
  expect(seen).toMatchObject(bearer);
  if (inject('controlPlane') === 'real') expect((await reachAsKubectl(server, attempt)).seen).toEqual(seen);
});

describe.concurrent('a daemon that runs takes', () => {
  test.for<[string, (write: (name: string, text: string) => Promise<unknown>, token: string) => Promise<object>]>([
    [
      'the token that a file has got',
      async (write, value) => {
        await write('token', value);
        return { tokenFile: 'token' };
      },
    ],
    ['the token that the kubeconfig has got', async (_, value) => ({ token: value })],
  ])('%s, without a restart', async ([, userWith]) => {
    await using directory = await temporaryDirectory();
    let accepted = 'first';
    const watches: ServerResponse[] = [];
    const answer = (request: ScriptedRequest): Reply => {
      const reply = emptyCluster(request);
      if (!request.query.has('watch')) return reply;
      return (response) => {
        watches.push(response);
        reply(response);
      };
    };
    await using server = await ScriptedServer.start(
      (request) =>
        request.headers.authorization === `Bearer ${accepted}`
          ? answer(request)
          : status(401, 'Unauthorized', 'Unauthorized'),
      { tls: authority.server },
    );
    const write = (name: string, text: string) => writeFile(join(directory.path, name), text);
    const renew = async (value: string) => {
      const user = await userWith(write, value);
      return writeKubeconfig(directory.path, kubeconfig(server.url, { cluster: root, user }));
    };
    const kubeconfigPath = await renew('first');
    const daemon = await startBundle({ folder: directory.path, kubeconfigPath });
    try {
      await daemon.untilReady();
      accepted = 'second';
      await renew('second');
      for (const watch of watches) watch.end();
      await until('the new token comes', () =>
        server.requests.some(({ headers }) => headers.authorization === 'Bearer second'),
      );
    } finally {
      await daemon.kill('SIGKILL');
    }
  });
});
