import { describe, expect } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../faults/proxy/fault-proxy.ts';
import { claim } from '../../support/build.ts';
import { serverIdentity } from '../../support/certificates.ts';
import { end, part, reset, ScriptedServer } from '../../support/scripted-server.ts';
import { until } from '../../support/until.ts';
import { claimPath, claimsPath, onlyEntry, RawAnswer, test } from './proxied.ts';

const partialMetadata = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/** Whether watch lines are read or passed on as they are. */
const hooks: [string, FaultProxy['hooks']][] = [
  ['without hooks', {}],
  ['with hooks that let everything pass', { onRequest: () => ({ do: 'pass' }), onWatchEvent: () => ({ do: 'pass' }) }],
];

describe.for(hooks)('%s', ([, given]) => {
  test('calls are answered as by the API server, headers included', async ({ proxy, through, direct }) => {
    proxy.hooks = given;
    const created = await through.send('POST', claimsPath, claim('data', { metadata: { labels: { ö: 'no' } } }));
    expect(created).toMatchObject({ status: 422, body: { kind: 'Status', reason: 'Invalid' } });
    await through.create(claimsPath, claim('data', { metadata: { annotations: { text: 'größer 😀' } } }));
    await through.patch(claimPath('data'), { metadata: { labels: { a: 'b' } } });
    for (const path of [
      claimPath('data'),
      claimPath('none'),
      claimsPath,
      `${claimsPath}?limit=x`,
      '/healthz',
      '/none',
    ]) {
      const [{ headers: one, ...proxied }, { headers: other, ...original }] = [
        await through.send('GET', path),
        await direct.send('GET', path),
      ];
      expect(proxied).toEqual(original);
      for (const name of ['content-type', 'cache-control']) expect(one[name]).toBe(other[name]);
    }
    expect(await direct.get(claimPath('data'))).toMatchObject({
      metadata: { labels: { a: 'b' }, annotations: { text: 'größer 😀' } },
    });
    expect((await through.send('DELETE', claimPath('data'))).status).toBe(200);
  });

  test('a watch is the same, byte by byte, whole or as metadata alone', async ({
    controlPlane,
    proxy,
    direct,
    token,
  }) => {
    proxy.hooks = given;
    const caData = Buffer.from(serverIdentity.certificate).toString('base64');
    expect(proxy.caData).toBe(caData);
    const path = `${claimsPath}?watch=true&allowWatchBookmarks=true`;
    const answers = ['application/json', partialMetadata].map((accept) => ({
      proxied: new RawAnswer(proxy, path, token, { accept }),
      original: new RawAnswer({ server: controlPlane.server }, path, token, { accept }),
    }));
    const all = answers.flatMap(({ proxied, original }) => [proxied, original]);
    await until('all watches are open', () => all.every(({ lines }) => lines.length === 2));
    await direct.create(claimsPath, claim('data', { metadata: { annotations: { text: 'größer 😀' } } }));
    await direct.patch(claimPath('data'), { metadata: { labels: { a: 'b' } } });
    controlPlane.sendBookmarks();
    await until('all have come', () => all.every(({ lines }) => lines.length >= 4));
    controlPlane.closeWatches();
    expect(await Promise.all(all.map(({ ended }) => ended))).toEqual(['end', 'end', 'end', 'end']);
    for (const { proxied, original } of answers) expect(proxied.text).toBe(original.text);
  });
});

describe('the history', () => {
  test('tells who asked for what, in order, and what came of it', async ({ proxy, through }) => {
    const before = Date.now();
    const created = await through.create(claimsPath, claim('data'));
    await through.list(`${claimsPath}?limit=1`);
    await through.send('GET', claimPath('none'));
    await through.patch(claimPath('data'), { metadata: { labels: { a: 'b' } } });
    await through.send('PATCH', `${claimPath('data')}/status`, {}, { 'content-type': 'application/merge-patch+json' });
    await through.send('GET', '/healthz');
    await through.create(claimsPath, claim('more'));
    expect(proxy.history.map(({ request: { id, kind, label, nth, name } }) => [id, kind, label, nth, name])).toEqual([
      [1, 'write', 'POST persistentvolumeclaims', 1, 'data'],
      [2, 'list', 'LIST persistentvolumeclaims', 1, undefined],
      [3, 'read', 'GET persistentvolumeclaims', 1, 'none'],
      [4, 'write', 'PATCH persistentvolumeclaims', 1, 'data'],
      [5, 'write', 'PATCH persistentvolumeclaims/status', 1, 'data'],
      [6, 'read', 'GET /healthz', 1, undefined],
      [7, 'write', 'POST persistentvolumeclaims', 2, 'more'],
    ]);
    expect(proxy.history[0]).toMatchObject({
      request: { method: 'POST', path: claimsPath, resource: 'persistentvolumeclaims', body: claim('data') },
      delivered: true,
      upstream: { status: 201, body: created },
      answered: { status: 201, body: created },
    });
    expect(proxy.history[1]?.answered).toEqual({ status: 200, body: undefined });
    expect(proxy.history[2]?.answered).toMatchObject({ status: 404, body: { reason: 'NotFound' } });
    const times = proxy.history.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(before - 1_000);
    expect(times.at(-1)).toBeLessThan(Date.now() + 1_000);
  });

  test('knows no credentials', async ({ proxy, through, token }) => {
    await through.create(claimsPath, claim('data'));
    expect(token).not.toBe('');
    expect(JSON.stringify(proxy.history)).not.toContain(token);
  });

  test('begins anew with labels from 1 when it is cleared, but ids go on', async ({ proxy, through }) => {
    await through.send('GET', claimPath('none'));
    proxy.clearHistory();
    await through.send('GET', claimPath('none'));
    expect(onlyEntry(proxy).request).toMatchObject({ id: 2, nth: 1 });
  });
});

describe('from an API server that sends a watch in pieces', () => {
  const caData = Buffer.from(serverIdentity.certificate).toString('base64');
  const line = Buffer.from(`{"type":"ADDED","object":{"metadata":{"name":"größer 😀"}}}\n`);
  const watchPath = `${claimsPath}?watch=true`;

  test.for(hooks)('they come in full, though cut within characters (%s)', async ([, given]) => {
    await using server = await ScriptedServer.start(
      () => (response) => {
        for (const byte of Buffer.concat([line, line])) part(Uint8Array.of(byte))(response);
        end(response);
      },
      { tls: true },
    );
    const proxy = await startFaultProxy({ server: server.url, caData });
    proxy.hooks = given;
    const watch = new RawAnswer(proxy, watchPath, 'token');
    expect(await watch.ended).toBe('end');
    expect(watch.text).toBe(`${line}${line}`);
    await proxy.stop();
  });

  test('and breaks off, the daemon is broken off from, too', async () => {
    await using server = await ScriptedServer.start(
      () => (response) => {
        part(line)(response);
        response.write(line.subarray(0, 9), () => reset(response));
      },
      { tls: true },
    );
    const proxy = await startFaultProxy({ server: server.url, caData });
    const watch = new RawAnswer(proxy, watchPath, 'token');
    expect(await watch.ended).toBe('ECONNRESET');
    await proxy.stop();
  });

  test('a watch that the daemon ends is ended there, too', async () => {
    await using server = await ScriptedServer.start(() => part(line), { tls: true });
    const proxy = await startFaultProxy({ server: server.url, caData });
    const watch = new RawAnswer(proxy, watchPath, 'token');
    await until('the watch is open', () => watch.text !== '');
    watch.close();
    await until('no connection is left', () => server.openConnections === 0);
    await proxy.stop();
  });

  test('many calls take few connections', async () => {
    await using server = await ScriptedServer.start(() => (response) => response.end('{}'), { tls: true });
    const proxy = await startFaultProxy({ server: server.url, caData });
    for (let calls = 0; calls < 20; calls += 1) await new RawAnswer(proxy, claimPath('data'), 'token').ended;
    expect(proxy.history).toHaveLength(20);
    expect(server.connections).toBeLessThanOrEqual(2);
    await proxy.stop();
  });
});
