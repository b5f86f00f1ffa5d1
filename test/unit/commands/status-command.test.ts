import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { runStatus } from '../../../src/commands/status-command.ts';

/** A server that answers every request so. @returns its port */
async function listening(status: number, text: string): Promise<number> {
  const server = createServer((_, response) => response.writeHead(status, { connection: 'close' }).end(text));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('prints what is served, as it is', async () => {
  const said: string[] = [];
  const port = await listening(200, '{"kind":"NodeStatus"}');
  expect(await runStatus({ host: '127.0.0.1', port }, (line) => said.push(line))).toBeUndefined();
  expect(said).toEqual(['{"kind":"NodeStatus"}']);
});

test('says what was answered instead', async () => {
  const port = await listening(404, 'not found\n');
  expect(await runStatus({ host: '127.0.0.1', port }, () => {})).toBe(
    `http://127.0.0.1:${port}/volumes was answered with HTTP 404: not found`,
  );
});

test('says where no daemon answers, why, and what to do', async () => {
  expect(await runStatus({ host: '::1', port: 1 }, () => {})).toMatch(
    /^no daemon answers at http:\/\/\[::1\]:1\/volumes \(.+\)\. Run this .* --http-address or HTTP_ADDRESS$/,
  );
});
