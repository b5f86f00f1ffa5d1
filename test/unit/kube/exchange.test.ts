import { gzipSync } from 'node:zlib';
import { Agent } from 'undici';
import { expect, test } from 'vitest';
import { exchange } from '../../../src/kube/exchange.ts';
import { json, type Reply, ScriptedServer } from '../../support/scripted-server.ts';

const get = (server: ScriptedServer, path = '/') => ({ origin: server.url, path, method: 'GET' as const });

const compressed =
  (bytes: Buffer): Reply =>
  (response) =>
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bytes);

test('an answer comes with status, headers and all of its body, whatever pieces it came in', async () => {
  const text = 'é'.repeat(200_000);
  await using server = await ScriptedServer.start(() => json(418, { text }));
  const agent = new Agent();
  const answer = await exchange(agent, get(server), { timeoutMs: 5_000 });
  expect(answer.statusCode).toBe(418);
  expect(answer.headers['content-type']).toMatch('application/json');
  expect(JSON.parse(answer.body)).toEqual({ text });
  await agent.close();
});

test('a compressed answer is unpacked', async () => {
  await using server = await ScriptedServer.start(() => compressed(gzipSync('{"a":"é"}')));
  const agent = new Agent();
  expect((await exchange(agent, get(server), { timeoutMs: 5_000 })).body).toBe('{"a":"é"}');
  await agent.close();
});

test.each([
  ['cut off', gzipSync('{"a":"é"}').subarray(0, -4)],
  ['not compressed at all', Buffer.from('{}')],
])('an answer that says it is compressed and is %s fails', async (_, bytes) => {
  await using server = await ScriptedServer.start(() => compressed(bytes));
  const agent = new Agent();
  await expect(exchange(agent, get(server), { timeoutMs: 5_000 })).rejects.toThrow(Error);
  await agent.close();
});

test('one that waits for a connection when its time is over is never sent', async () => {
  const held: (() => void)[] = [];
  await using server = await ScriptedServer.start((request) =>
    request.path === '/slow' ? (response) => held.push(() => response.end('{}')) : json(200, {}),
  );
  const agent = new Agent({ connections: 1 });
  const slow = exchange(agent, get(server, '/slow'), { timeoutMs: 5_000 });
  await expect(exchange(agent, get(server, '/waiting'), { timeoutMs: 50 })).rejects.toThrow('no answer within 50 ms');
  for (const answer of held) answer();
  expect((await slow).statusCode).toBe(200);
  expect((await exchange(agent, get(server, '/next'), { timeoutMs: 5_000 })).statusCode).toBe(200);
  expect(server.requests.map(({ path }) => path)).toEqual(['/slow', '/next']);
  await agent.close();
});

test('a signal ends it with its reason, and one that was over before lets nothing be sent', async () => {
  await using server = await ScriptedServer.start(() => () => {});
  const agent = new Agent();
  const stop = new AbortController();
  const stopped = exchange(agent, get(server), { timeoutMs: 5_000, signal: stop.signal });
  await expect.poll(() => server.requests.length).toBe(1);
  stop.abort(new Error('stopped'));
  await expect(stopped).rejects.toThrow('stopped');
  await expect(exchange(agent, get(server), { timeoutMs: 5_000, signal: stop.signal })).rejects.toThrow('stopped');
  expect(server.requests).toHaveLength(1);
  await agent.destroy();
});
