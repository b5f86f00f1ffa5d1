import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CredentialFiles } from '../../../../src/kube/connection/credential-files.ts';
import { type ConnectionSource, findServer, withPersonalFile } from '../../../../src/kube/connection/kube-config.ts';
import { StartError } from '../../../../src/model/start-error.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';
import { kubeconfig, writeKubeconfig } from '../kubeconfig.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory[Symbol.asyncDispose]());

const find = async (source: ConnectionSource) => findServer(source, new CredentialFiles()).read();

const pod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

describe('withPersonalFile', () => {
  const chosen = async (source: ConnectionSource) =>
    (await withPersonalFile(source, new CredentialFiles())).kubeconfigPath;

  test('names the file if it exists, also in a pod, and no other file is named', async () => {
    const personalPath = await writeKubeconfig(directory.path, kubeconfig('https://personal'));
    expect(await chosen({ personalPath, environment: pod })).toBe(personalPath);
    expect(await chosen({ personalPath, environment: { KUBECONFIG: '/other' } })).toBeUndefined();
    expect(await chosen({ personalPath, kubeconfigPath: '/given', environment: {} })).toBe('/given');
    expect(await chosen({ personalPath: '/missing', environment: pod })).toBeUndefined();
    expect(await chosen({ environment: pod })).toBeUndefined();
  });

  test('names a file that cannot be read, so that its problem is told', async () => {
    expect(await chosen({ personalPath: directory.path, environment: pod })).toBe(directory.path);
  });
});

describe('findServer', () => {
  test('takes the given file, then KUBECONFIG, then the ServiceAccount of a pod, whose address may be IPv6', async () => {
    const kubeconfigPath = await writeKubeconfig(directory.path, kubeconfig('https://given'), 'given');
    const KUBECONFIG = await writeKubeconfig(directory.path, kubeconfig('https://from-environment'), 'environment');
    const serverOf = async (source: ConnectionSource) => (await find(source)).cluster.server;
    expect(await serverOf({ kubeconfigPath, environment: { KUBECONFIG, ...pod } })).toBe('https://given');
    expect(await serverOf({ environment: { KUBECONFIG, ...pod } })).toBe('https://from-environment');
    const environment = { ...pod, KUBERNETES_SERVICE_HOST: 'fd00::1' };
    expect(await find({ environment, serviceAccountPath: '/sa' })).toMatchObject({
      cluster: { server: 'https://[fd00::1]:443', caFile: '/sa/ca.crt' },
      user: { tokenFile: '/sa/token' },
    });
  });

  test('of several files ignores missing ones, and takes the first context and the first entry of a name', async () => {
    const named = (name: string, text: string) => text.replaceAll('"test"', `"${name}"`);
    const texts = [
      named('one', kubeconfig('https://one', { user: { token: 'a' } })),
      named('two', kubeconfig('https://two', { user: { token: 'b' } })),
      named('one', kubeconfig('https://three', { user: { token: 'c' } })),
    ];
    const paths = await Promise.all(texts.map((text, index) => writeKubeconfig(directory.path, text, `file-${index}`)));
    const found = await find({ environment: { KUBECONFIG: [`${directory.path}/missing`, ...paths].join(':') } });
    expect([found.cluster.server, found.user.token]).toEqual(['https://one', 'a']);
  });

  test('keeps the context that it began with, whichever is current later', async () => {
    const contexts = (current: string) =>
      JSON.stringify({
        clusters: ['one', 'two'].map((name) => ({ name, cluster: { server: `https://${name}` } })),
        users: [{ name: 'tester', user: {} }],
        contexts: ['one', 'two'].map((name) => ({ name, context: { cluster: name, user: 'tester' } })),
        'current-context': current,
      });
    const kubeconfigPath = await writeKubeconfig(directory.path, contexts('one'));
    const source = findServer({ kubeconfigPath, environment: {} }, new CredentialFiles());
    await source.read();
    await writeKubeconfig(directory.path, contexts('two'));
    expect((await source.read()).cluster.server).toBe('https://one');
  });

  test('takes the namespace of the context, or that of the pod', async () => {
    const text = kubeconfig('https://given').replace('"user":"tester"', '"user":"tester","namespace":"kafka"');
    const kubeconfigPath = await writeKubeconfig(directory.path, text);
    expect(await find({ kubeconfigPath, environment: {} })).toMatchObject({ namespace: 'kafka' });
    await writeFile(join(directory.path, 'namespace'), 'apps\n');
    const inPod = { environment: pod, serviceAccountPath: directory.path };
    expect(await find(inPod)).toMatchObject({ namespace: 'apps' });
    const environment = { ...pod, POD_NAMESPACE: 'named' };
    expect(await find({ ...inPod, environment })).toMatchObject({ namespace: 'named' });
    expect(await find({ environment: pod, serviceAccountPath: '/missing' })).toMatchObject({ namespace: '' });
  });

  test('takes the given context, and stays with it', async () => {
    const text = kubeconfig('https://one').replace('"current-context":"test"', '"current-context":"other"');
    const kubeconfigPath = await writeKubeconfig(directory.path, text);
    const found = await find({ kubeconfigPath, contextName: 'test', environment: {} });
    expect(found.cluster.server).toBe('https://one');
    const missing = find({ kubeconfigPath, contextName: 'prod', environment: {} });
    await expect(missing).rejects.toThrow('it has no context "prod", but test');
    await expect(find({ contextName: 'prod', environment: pod })).rejects.toThrow('there is no context "prod"');
  });

  test('says how to configure a server when there is none', async () => {
    await expect(find({ environment: {} })).rejects.toThrow(/^no API server is configured: .*Set --kubeconfig/);
  });

  test('says that the file does not exist', async () => {
    const finding = find({ kubeconfigPath: '/nowhere/config', environment: pod });
    await expect(finding).rejects.toThrow(new StartError('kubeconfig /nowhere/config: no such file'));
  });

  const withoutContext = JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters: [], users: [], contexts: [] });
  const whole = kubeconfig('https://127.0.0.1:6443');
  const without = (text: string, other: string) => whole.replace(text, other);
  test.each([
    ['is empty', '', /the input is empty/],
    ['has no content', '~', /it has no content/],
    ['is not YAML', 'a: [b', /kubeconfig .*\/kubeconfig, line 1, column \d+: it is not YAML: /],
    ['is other YAML', 'just a text', /it has no current-context: set one with/],
    ['has no current-context', withoutContext, /it has no current-context: set one with/],
    ['lacks its context', without('"current-context":"test"', '"current-context":"x"'), /"x" is not among/],
    ['lacks a cluster', without('"cluster":"test"', '"cluster":"x"'), /the cluster "x" .* is missing/],
    ['lacks a user', without('"user":"tester"', '"user":"x"'), /the user "x" .* is missing/],
    ['has a cluster without server', without('"https://127.0.0.1:6443"', '""'), /server is missing/],
  ])('names the file that %s, and the problem', async (_, text, problem) => {
    const kubeconfigPath = await writeKubeconfig(directory.path, text);
    const finding = find({ kubeconfigPath, environment: {} });
    await expect(finding).rejects.toThrow(StartError);
    await expect(finding).rejects.toThrow(problem);
    await expect(finding).rejects.toThrow(kubeconfigPath);
  });

  const secret = 'not-to-be-shown';
  test.each([
    ['a quote that does not end', `token: "${secret}`, /deficient indentation/],
    ['two colons', `token: ${secret}: x: y`, /bad indentation/],
    ['a tab', `\ttoken: ${secret}`, /bad indentation/],
    ['a key twice', `token: ${secret}\n    token: ${secret}`, /duplicated mapping key/],
    ['a list that does not end', `token: [a, ${secret}`, /deficient indentation/],
    ['text after a quote', `password: '${secret}' x`, /bad indentation/],
    ['a password that begins like an alias', `password: *${secret}`, /unidentified alias$/],
    ['a password that begins like an alias and has a quote', `password: *a"b"${secret}`, /unidentified alias$/],
    ['a password that begins like a tag', `password: !${secret}`, /unknown scalar tag$/],
    ['a password that begins like a tag and is no good one', `password: !${secret}^`, /tag name cannot contain/],
    ['a password that begins like a tag with a handle', `password: !${secret}!x y`, /undeclared tag handle$/],
  ])('shows where the fault is, and nothing of a line with %s', async (_, line, problem) => {
    const text = `apiVersion: v1\nkind: Config\nusers:\n- name: tester\n  user:\n    ${line}\ncurrent-context: test\n`;
    const kubeconfigPath = await writeKubeconfig(directory.path, text);
    const finding = find({ kubeconfigPath, environment: {} });
    await expect(finding).rejects.toThrow(StartError);
    await expect(finding).rejects.toThrow(problem);
    await expect(finding).rejects.toThrow(/kubeconfig, line [678], column \d+: it is not YAML: /);
    await expect(finding).rejects.not.toThrow(secret);
  });

  test('shows nothing of a whole kubeconfig on one line', async () => {
    const text = kubeconfig('https://127.0.0.1:6443', { user: { token: secret } }).replace(`${secret}"`, secret);
    const kubeconfigPath = await writeKubeconfig(directory.path, text);
    const finding = find({ kubeconfigPath, environment: {} });
    await expect(finding).rejects.toThrow(/kubeconfig, line 1, column \d+: it is not YAML: /);
    await expect(finding).rejects.not.toThrow(secret);
  });
});
