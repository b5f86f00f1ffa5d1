import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { StartError } from '../../../../src/model/start-error.ts';
import type { PageContent } from '../../../../src/plugin/page/content.ts';
import { contentOf } from '../../../../src/plugin/page/content.ts';
import { type PageOptions, servePage } from '../../../../src/plugin/page/server.ts';
import { buildOverview } from '../../../support/build-overview.ts';

const content: PageContent = contentOf(buildOverview([], []), []);

async function served(options: Partial<PageOptions> = {}) {
  const server = await servePage({
    port: 0,
    subject: 'context kind',
    clusterOptions: [],
    read: async () => content,
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}

/** Sends what a browser would not let a script send. */
async function ask(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const { promise, resolve, reject } = Promise.withResolvers<import('node:http').IncomingMessage>();
  request(url, { method, headers }, resolve).on('error', reject).end();
  const answer = await promise;
  return { status: answer.statusCode, headers: answer.headers, text: await text(answer) };
}

/** What a browser has after it has opened the address: the address of the page without its token, and the cookie. */
async function opened(url: string) {
  const { headers } = await ask(url);
  const [cookie = '', path = ''] = /^([^;]+); Path=([^;]+);/.exec(headers['set-cookie']?.[0] ?? '')?.slice(1) ?? [];
  return { base: new URL(path, url).href, cookie };
}

test('the address of the command shows the page', async () => {
  const { url } = await served();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}$/);
  const { status, headers, text } = await ask(url);
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(text).toMatch(/^<!doctype html>.*context kind/);
});

test('the cookie shows the page again, without the token', async () => {
  const { base, cookie } = await opened((await served()).url);
  const { status, headers } = await ask(base, { cookie });
  expect(status).toBe(200);
  expect(headers['set-cookie']).toBeUndefined();
});

test('each part of the page is served with its type', async () => {
  const { base, cookie } = await opened((await served()).url);
  const parts = { 'page.css': 'text/css', 'page.js': 'text/javascript', 'icon.svg': 'image/svg+xml' };
  for (const [name, type] of Object.entries(parts)) {
    const { status, headers, text } = await ask(`${base}${name}`, { cookie });
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: `${type}; charset=utf-8` });
    expect(text).not.toBe('');
  }
});

test('every answer forbids other sources, frames, referrers and caches', async () => {
  const { url } = await served();
  const { base, cookie } = await opened(url);
  const answers = [await ask(url), await ask(`${base}page.js`, { cookie }), await ask(base)];
  for (const { headers } of answers) {
    expect(headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    const policy = headers['content-security-policy'];
    expect(policy).toMatch(/^default-src 'none'; /);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|data:|\*/);
  }
});

describe('it is refused', () => {
  test.each([
    ['without the token', 403, (url: string) => ask(new URL('/', url).href)],
    ['to a name that leads here by DNS', 421, (url: string) => ask(url, { host: 'attacker.example' })],
    ['to a request that would change something', 405, (url: string) => ask(url, {}, 'POST')],
  ])('%s', async (_, status, send) => {
    const answer = await send((await served()).url);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  test('what the page does not have', async () => {
    const { base, cookie } = await opened((await served()).url);
    for (const name of ['other', '../../package.json', 'constructor']) {
      expect((await ask(`${base}${encodeURIComponent(name)}`, { cookie })).status).toBe(404);
    }
  });
});

test('who asks while the cluster is read gets what is read, and who asks later what is read then', async () => {
  let readings = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const { url } = await served({
    read: async () => {
      readings += 1;
      await promise;
      return content;
    },
  });
  const asked = [ask(url), ask(url)];
  await ask(new URL('/', url).href); // which is answered after the others have come
  resolve();
  await Promise.all(asked);
  expect(readings).toBe(1);
  await ask(url);
  expect(readings).toBe(2);
});

test('a failure is shown as what it is, and the next request tries again', async () => {
  let isAway = true;
  const { url } = await served({
    read: async () => {
      if (isAway) throw new Error('the API server <does not> answer');
      return content;
    },
  });
  const failed = await ask(url);
  expect(failed.status).toBe(503);
  expect(failed.text).toContain('the API server &lt;does not&gt; answer');
  isAway = false;
  expect((await ask(url)).status).toBe(200);
});

test('a port that is taken is named, with what to do', async () => {
  const { url } = await served();
  const taken = served({ port: Number(new URL(url).port) });
  await expect(taken).rejects.toThrow(StartError);
  await expect(taken).rejects.toThrow(/^cannot listen on 127\.0\.0\.1:\d+ \(.*EADDRINUSE.*\): set another --port$/);
});

test('a page that is closed answers no more', async () => {
  const server = await served();
  await server.close();
  await expect(ask(server.url)).rejects.toThrow('ECONNREFUSED');
});
