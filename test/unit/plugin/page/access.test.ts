import { describe, expect, test } from 'vitest';
import { type Asked, accessOf, newSecrets } from '../../../../src/plugin/page/access.ts';

const secrets = { token: 'the-token', session: 'the-session', basePath: '/random/' };

const asked = (changes: Partial<Asked> = {}): Asked => ({
  method: 'GET',
  host: '127.0.0.1:8765',
  url: '/?token=the-token',
  cookie: undefined,
  ...changes,
});

const withCookie = (changes: Partial<Asked> = {}): Asked =>
  asked({ url: '/random/', cookie: 'hostpath-page=the-session', ...changes });

describe('the page is shown', () => {
  test.each<[string, Partial<Asked>]>([
    ['to 127.0.0.1', {}],
    ['to localhost', { host: 'localhost:8765' }],
    ['to the loopback address of IPv6', { host: '[::1]:8765' }],
    ['through a tunnel from another port', { host: '127.0.0.1:9000' }],
    ['without its content', { method: 'HEAD' }],
  ])('%s', (_, changes) => {
    expect(accessOf(asked(changes), secrets)).toMatchObject({ name: '' });
  });

  test('to the cookie, without the token', () => {
    expect(accessOf(withCookie(), secrets)).toEqual({ name: '' });
  });

  test('to the cookie among others', () => {
    expect(accessOf(withCookie({ cookie: 'a=b; hostpath-page=the-session; c' }), secrets)).toEqual({ name: '' });
  });
});

test('the token sets a cookie that no script and no other site can use, and that other ports do not get', () => {
  expect(accessOf(asked(), secrets)).toEqual({
    name: '',
    setCookie: 'hostpath-page=the-session; Path=/random/; HttpOnly; SameSite=Strict',
  });
});

test('what the page loads needs the cookie', () => {
  expect(accessOf(withCookie({ url: '/random/page.css?x' }), secrets)).toEqual({ name: 'page.css' });
});

describe('nothing is shown', () => {
  test.each<[string, Asked, number]>([
    ['without a token', asked({ url: '/' }), 403],
    ['to another token', asked({ url: '/?token=another' }), 403],
    ['to a part of the token', asked({ url: '/?token=the-toke' }), 403],
    ['to an empty token', asked({ url: '/?token=' }), 403],
    ['to the token on another path', asked({ url: '/random/?token=the-token' }), 403],
    ['to the token in place of the cookie', withCookie({ cookie: 'hostpath-page=the-token' }), 403],
    ['to the session in place of the token', asked({ url: '/?token=the-session' }), 403],
    ['to another cookie', withCookie({ cookie: 'hostpath-page=another' }), 403],
    ['to a cookie of another name', withCookie({ cookie: 'page=the-session' }), 403],
    ['to the cookie on another path', withCookie({ url: '/other/' }), 403],
    ['without an address', asked({ url: undefined }), 403],
    ['to a name that an attacker has pointed here by DNS', asked({ host: 'attacker.example:8765' }), 421],
    ['to a name that begins like one of this machine', asked({ host: '127.0.0.1.attacker.example' }), 421],
    ['to a name that ends like one of this machine', asked({ host: 'attacker-localhost' }), 421],
    ['to another address', asked({ host: '10.0.0.7:8765' }), 421],
    ['without a host', asked({ host: undefined }), 421],
    ['to a request that changes something', asked({ method: 'POST' }), 405],
  ])('%s', (_, request, status) => {
    expect(accessOf(request, secrets)).toMatchObject({ refused: status });
  });
});

test('secrets are new each time, and long', () => {
  const [one, other] = [newSecrets(), newSecrets()];
  const all = [one, other].flatMap(({ token, session, basePath }) => [token, session, basePath]);
  expect(new Set(all).size).toBe(6);
  for (const secret of all) expect(secret).toMatch(/^\/?[\w-]{32}\/?$/);
});
