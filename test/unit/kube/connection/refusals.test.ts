import { describe, expect, test } from 'vitest';
import type { KubeCluster, KubeUser } from '../../../../src/kube/connection/kube-config.ts';
import { refusals } from '../../../../src/kube/connection/refusals.ts';

function problemsOf({ cluster, user }: { cluster?: Partial<KubeCluster>; user?: Partial<KubeUser> }): string[] {
  return refusals({
    cluster: { name: 'c', server: 'https://server', skipTLSVerify: false, ...cluster },
    user: { name: 'u', ...user },
    origin: 'kubeconfig x',
  });
}

const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'plugin', interactiveMode: 'Never' };

describe('refused by name, with what to do, is', () => {
  test.each<[string, Partial<KubeCluster>, RegExp]>([
    ['a server that is not a URL', { server: 'somewhere' }, /server is not a URL .* https:\/\//],
    ['a server without scheme', { server: 'host:6443' }, /server is not a URL .* https:\/\//],
    ['a server with a user in its URL', { server: 'https://me:pw@server' }, /user in its URL: put it among/],
    ['a proxy that is not a URL', { proxyUrl: 'proxy' }, /proxy-url is not a URL/],
    ['a proxy that kubectl does not know', { proxyUrl: 'socks4://proxy' }, /scheme socks4: use http/],
    ['an authority as file and as data', { caFile: '/ca', caData: 'Y2E=' }, /certificate-authority-data .*keep one/],
    ['an authority for an unverified server', { caFile: '/ca', skipTLSVerify: true }, /insecure-.* keep one/],
  ])('%s', (_, cluster, problem) => {
    expect(problemsOf({ cluster })).toEqual([expect.stringMatching(problem)]);
    expect(problemsOf({ cluster })[0]).toMatch(/^kubeconfig x: cluster "c": /);
  });

  const oldPlugin = { ...exec, apiVersion: 'client.authentication.k8s.io/v1alpha1' };
  const oidc = { name: 'oidc', config: { 'id-token': 't' } };
  const bothCertificates = { certFile: '/c', certData: 'Yw==', keyFile: '/k' };
  test.each<[string, Partial<KubeUser>, RegExp]>([
    ['a certificate as file and as data', bothCertificates, /client-certificate-data .*keep one/],
    ['a key as file and as data', { certFile: '/c', keyFile: '/k', keyData: 'aw==' }, /client-key-data .*keep one/],
    ['a certificate without key', { certFile: '/c' }, /needs client-key or client-key-data/],
    ['a token with a password', { tokenFile: '/t', username: 'u' }, /token and a password .*keep one/],
    ['groups without a user to impersonate', { impersonateGroups: ['g'] }, /as-groups .* need "as"/],
    ['a plugin beside a provider', { exec, authProvider: oidc }, /exec and auth-provider .*keep one/],
    ['a plugin without command', { exec: { ...exec, command: '' } }, /exec has no command/],
    ['a plugin of an old version', { exec: oldPlugin }, /v1alpha1": use client.authentication.k8s.io\/v1 or /],
    ['a plugin that needs a terminal', { exec: { ...exec, interactiveMode: 'Always' } }, /no terminal: use a plugin/],
    ['a plugin with an unknown mode', { exec: { ...exec, interactiveMode: 'Sometimes' } }, /"Sometimes": use Never/],
    ['a plugin with a nameless variable', { exec: { ...exec, env: [{ name: '', value: '' }] } }, /env without a name/],
    ['a provider that kubectl had once', { authProvider: { name: 'gcp' } }, /gcp .*: use .*gke-gcloud-auth-plugin/],
    ['an unknown provider', { authProvider: { name: 'other' } }, /other .*: use exec, a token or a certificate/],
    ['an OpenID provider without token', { authProvider: { name: 'oidc', config: {} } }, /no id-token: log in again/],
  ])('%s', (_, user, problem) => {
    expect(problemsOf({ user })).toEqual([expect.stringMatching(problem)]);
    expect(problemsOf({ user })[0]).toMatch(/^kubeconfig x: user "u": /);
  });
});

test.each<[string, Parameters<typeof problemsOf>[0]]>([
  ['a plugin that may ask if somebody is there', { user: { exec: { ...exec, interactiveMode: 'IfAvailable' } } }],
  [
    'an authority that a server without TLS does not need',
    { cluster: { server: 'http://s', caFile: '/ca', skipTLSVerify: true } },
  ],
  ['a key without certificate, which kubectl passes over', { user: { keyFile: '/k', token: 't' } }],
])('nothing is refused of %s', (_, parts) => {
  expect(problemsOf(parts)).toEqual([]);
});
