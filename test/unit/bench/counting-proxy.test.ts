import { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher, request } from 'undici';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CountingProxy } from '../../../bench/thrift/counting-proxy.ts';
import { type EmbeddedControlPlane, startEmbedded } from '../../control-plane/embedded/embedded.ts';
import { upstreamOf } from '../../faults/proxy/upstream.ts';
import { Api } from '../../support/api.ts';
import { claim } from '../../support/build.ts';
import { until } from '../../support/until.ts';

const claimsPath = '/api/v1/namespaces/default/persistentvolumeclaims';

let controlPlane: EmbeddedControlPlane;
let direct: Api;
let headers: Record<string, string>;
beforeAll(async () => {
  controlPlane = await startEmbedded({ binder: false });
  direct = new Api(controlPlane.adminKubeconfigPath);
  const config = new KubeConfig();
  config.loadFromFile(controlPlane.adminKubeconfigPath);
  headers = { authorization: `Bearer ${config.getCurrentUser()?.token}` };
});
afterAll(async () => {
  await direct.close();
  await controlPlane.stop();
});

let proxy: CountingProxy;
let client: Agent;
beforeEach(async () => {
  proxy = await CountingProxy.start(upstreamOf(controlPlane.adminKubeconfigPath));
  client = new Agent({ connections: 1 });
  return async () => {
    await client.destroy();
    proxy.stop();
  };
});

const ask = (path: string, signal?: AbortSignal): Promise<Dispatcher.ResponseData> =>
  request(`${proxy.server}${path}`, { headers, dispatcher: client, ...(signal && { signal }) });

test('requests are counted by kind and answer', async () => {
  expect(await (await ask(claimsPath)).body.json()).toMatchObject({ kind: 'PersistentVolumeClaimList' });
  expect(await (await ask(`${claimsPath}/none`)).body.json()).toMatchObject({ code: 404 });
  expect(proxy.traffic).toMatchObject({
    'LIST persistentvolumeclaims 200': 1,
    'GET persistentvolumeclaims 404': 1,
  });
});

test('the bytes of answers are counted', async () => {
  const body = await (await ask(claimsPath)).body.text();
  expect(proxy.traffic.BYTES).toBe(body.length);
});

test('each change that a watch tells is counted, and the watch once, also when the client has ended it', async () => {
  const watching = new AbortController();
  const { body } = await ask(`${claimsPath}?watch=true`, watching.signal);
  body.on('error', () => {}); // that it is aborted
  await direct.create(claimsPath, claim('counted'));
  await direct.delete(`${claimsPath}/counted`);
  await until('the claim was told of', () => (proxy.traffic['CHANGE persistentvolumeclaims'] ?? 0) >= 2);
  watching.abort();
  expect(proxy.traffic).toMatchObject({ 'WATCH persistentvolumeclaims 200': 1 });
});

test('the connection of a client ends when the API server cannot be reached', async () => {
  const lost = await CountingProxy.start({ server: 'https://127.0.0.1:1' });
  await expect(request(`${lost.server}${claimsPath}`, { dispatcher: client })).rejects.toThrow('other side closed');
  lost.stop();
});
