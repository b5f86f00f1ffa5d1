import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CredentialPlugin, type PluginOptions } from '../../../../src/kube/connection/credential-plugin.ts';
import { execCredential, writePlugin } from '../../../support/reach.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';
import { until } from '../../../support/until.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  directory = await temporaryDirectory();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});
afterEach(async () => {
  vi.useRealTimers();
  await directory[Symbol.asyncDispose]();
});

const later = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** A plugin that counts its runs, and prints what the file `answer` holds, or fails without one. */
async function pluginWith(options: Partial<PluginOptions> = {}, script = 'cat "$(dirname "$0")/answer"') {
  const command = await writePlugin(directory.path, 'plugin', `echo >>"$0.runs"\n${script}`);
  const troubles: string[] = [];
  const plugin = new CredentialPlugin({
    config: { apiVersion: 'client.authentication.k8s.io/v1', command },
    cluster: {},
    environment: process.env,
    withinMs: 10_000,
    onTrouble: ({ message }) => troubles.push(message),
    ...options,
  });
  const runs = async () => (await readFile(`${command}.runs`, 'utf8').catch(() => '')).length;
  return { plugin, runs, troubles };
}

const answer = (text: string) => writeFile(join(directory.path, 'answer'), text);
const answerToken = (token: string, lifeMs?: number) =>
  answer(
    execCredential({
      token,
      ...(lifeMs === undefined ? {} : { expirationTimestamp: new Date(Date.now() + lifeMs).toISOString() }),
    }),
  );
const tokenOf = async (plugin: CredentialPlugin) => (await plugin.credentials()).token;

test('one run serves all who ask, and all who ask later', async () => {
  await answerToken('one');
  const { plugin, runs } = await pluginWith();
  expect(await Promise.all([tokenOf(plugin), tokenOf(plugin)])).toEqual(['one', 'one']);
  expect(await tokenOf(plugin)).toBe('one');
  expect(await runs()).toBe(1);
});

test('credentials are renewed before they expire, and nobody waits for that', async () => {
  await answerToken('one', 600_000);
  const { plugin, runs } = await pluginWith();
  await tokenOf(plugin);
  await answerToken('two', 1_200_000);
  later(530_000);
  expect(await tokenOf(plugin)).toBe('one');
  expect(await runs()).toBe(1);
  later(20_000);
  expect(await tokenOf(plugin)).toBe('one');
  await until('the next ones are there', async () => (await tokenOf(plugin)) === 'two');
  expect(await runs()).toBe(2);
});

test('a renewal that fails is told, and the former credentials serve until they expire', async () => {
  await answerToken('one', 600_000);
  const { plugin, troubles } = await pluginWith();
  await tokenOf(plugin);
  await answer('nonsense');
  later(550_000);
  expect(await tokenOf(plugin)).toBe('one');
  await until('it is told', () => troubles.length > 0);
  expect(troubles).toEqual([expect.stringContaining('printed something that is not JSON')]);
  later(60_000);
  await expect(tokenOf(plugin)).rejects.toThrow('printed something that is not JSON');
});

test('a run that hangs is killed, with what it started', async () => {
  const script = 'sleep 1000 & echo $! >"$0.child"; wait';
  const { plugin, runs } = await pluginWith({ withinMs: 500 }, script);
  await expect(tokenOf(plugin)).rejects.toThrow('did not exit within 0.5 s and was killed');
  const child = Number(await readFile(join(directory.path, 'plugin.child'), 'utf8'));
  await until(
    'its child is gone',
    async () => /State:\s+Z/.test(await statusOf(child)) || (await statusOf(child)) === '',
  );
  expect(await runs()).toBe(1);
});

const statusOf = (pid: number): Promise<string> => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');

test('after a failure it is run again once a delay is over, and what it gives then counts', async () => {
  const { plugin, runs } = await pluginWith();
  await expect(tokenOf(plugin)).rejects.toThrow('failed with exit status 1');
  await answerToken('one');
  await expect(tokenOf(plugin)).rejects.toThrow('failed with exit status 1');
  later(60_000);
  expect(await tokenOf(plugin)).toBe('one');
  expect(await runs()).toBe(2);
});

test('credentials that the server refuses come anew, but not again and again at once', async () => {
  await answerToken('one');
  const { plugin, runs } = await pluginWith();
  plugin.reject(await plugin.credentials());
  expect(await tokenOf(plugin)).toBe('one');
  expect(await runs()).toBe(1);
  later(60_000);
  await answerToken('two');
  plugin.reject(await plugin.credentials());
  expect(await tokenOf(plugin)).toBe('two');
});

const printing = (status: object) => `echo '${execCredential(status)}'`;
test.each([
  ['more than it may', 'head -c 2000000 /dev/zero', /more than 1 MiB and was killed/],
  ['no ExecCredential', `echo '{"kind":"Pod"}'`, /not an ExecCredential/],
  ['no object', 'echo null', /not an ExecCredential/],
  ['half a pair', printing({ clientKeyData: 'k' }), /only one of certificate and key/],
  ['no pair', printing({ clientKeyData: 'k', clientCertificateData: 'c' }), /do not match/],
  ['no time', printing({ token: 't', expirationTimestamp: 'soon' }), /expirationTimestamp that is not a time/],
])('a plugin that prints %s is refused', async (_, script, problem) => {
  const { plugin } = await pluginWith({}, script);
  await expect(plugin.credentials()).rejects.toThrow(problem);
});
