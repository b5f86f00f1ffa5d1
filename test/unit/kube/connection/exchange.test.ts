import { Agent } from 'undici';
import { expect, test } from 'vitest';
import { AnswerTooLongError, exchange } from '../../../../src/kube/connection/exchange.ts';
import { json, ScriptedServer } from '../../../support/scripted-server.ts';

const get = (server: ScriptedServer, path = '/') => ({ origin: server.url, path, method: 'GET' as const });

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

test('an answer that is too long is not read to its end', async () => {
  await using server = await ScriptedServer.start(() => json(200, { text: 'x'.repeat(2_000_000) }));
  const agent = new Agent();
  const limits = { timeoutMs: 5_000, longestBytes: 100_000 };
  await expect(exchange(agent, get(server), limits)).rejects.toThrow(AnswerTooLongError);
  expect((await exchange(agent, get(server), { timeoutMs: 5_000 })).statusCode).toBe(200);
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
