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

describe('refused by its name is', () => {
  test.each<[string, Partial<KubeCluster>, string]>([
    ['a server that is no URL', { server: 'somewhere' }, 'its server is no URL that begins with https:// or http://'],
    ['a server without scheme', { server: 'host:6443' }, 'its server is no URL that begins with https:// or http://'],
    [
      'a server with a user in its URL',
      { server: 'https://me:pw@server' },
      'its server has a user in its URL; name it among the users instead',
    ],
    ['a proxy that is no URL', { proxyUrl: 'proxy' }, 'its proxy-url is no URL'],
    [
      'a proxy that kubectl does not know',
      { proxyUrl: 'socks4://proxy' },
      'its proxy-url has the scheme socks4; use http, https or socks5',
    ],
    [
      'an authority as file and as data',
      { caFile: '/ca', caData: 'Y2E=' },
      'certificate-authority and certificate-authority-data are both there; keep one',
    ],
    [
      'an authority for a server that is not to be verified',
      { caFile: '/ca', skipTLSVerify: true },
      'insecure-skip-tls-verify and a certificate-authority are both there; keep one',
    ],
  ])('%s', (_, cluster, problem) => {
    expect(problemsOf({ cluster })).toEqual([`kubeconfig x: cluster "c": ${problem}`]);
  });

  test.each<[string, Partial<KubeUser>, string]>([
    [
      'a certificate as file and as data',
      { certFile: '/c', certData: 'Yw==', keyFile: '/k' },
      'client-certificate and client-certificate-data are both there; keep one',
    ],
    [
      'a key as file and as data',
      { certFile: '/c', keyFile: '/k', keyData: 'aw==' },
      'client-key and client-key-data are both there; keep one',
    ],
    ['a certificate without key', { certFile: '/c' }, 'client-key or client-key-data is missing'],
    ['a token with a password', { tokenFile: '/t', username: 'u' }, 'a token and a password are both there; keep one'],
    [
      'groups without a user to act as',
      { impersonateGroups: ['g'] },
      'as-uid, as-groups and as-user-extra need "as", the user to act as',
    ],
    [
      'a plugin beside a provider',
      { exec, authProvider: { name: 'oidc', config: { 'id-token': 't' } } },
      'exec and auth-provider are both there; keep one',
    ],
    ['a plugin without command', { exec: { ...exec, command: '' } }, 'its exec has no command'],
    [
      'a plugin of a version that kubectl left',
      { exec: { ...exec, apiVersion: 'client.authentication.k8s.io/v1alpha1' } },
      'the apiVersion of its exec is "client.authentication.k8s.io/v1alpha1"; use client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1',
    ],
    [
      'a plugin that needs a terminal',
      { exec: { ...exec, interactiveMode: 'Always' } },
      'its exec has interactiveMode Always, and the daemon has no terminal; use a plugin that asks nothing',
    ],
    [
      'a plugin with a mode that nobody knows',
      { exec: { ...exec, interactiveMode: 'Sometimes' } },
      'its exec has interactiveMode "Sometimes"; use Never or IfAvailable',
    ],
    [
      'a plugin with a variable without name',
      { exec: { ...exec, env: [{ name: '', value: '' }] } },
      'its exec has a variable in env without a name',
    ],
    [
      'a provider that kubectl had once',
      { authProvider: { name: 'gcp' } },
      'its auth-provider gcp is not supported, by kubectl neither; let the user run gke-gcloud-auth-plugin by exec ("gcloud container clusters get-credentials")',
    ],
    [
      'a provider that nobody knows',
      { authProvider: { name: 'other' } },
      'its auth-provider other is not supported, by kubectl neither; use exec, a token or a certificate',
    ],
    [
      'an OpenID Connect provider without a token',
      { authProvider: { name: 'oidc', config: {} } },
      'its auth-provider oidc has no id-token; log in again, so that it has one',
    ],
  ])('%s', (_, user, problem) => {
    expect(problemsOf({ user })).toEqual([`kubeconfig x: user "u": ${problem}`]);
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
