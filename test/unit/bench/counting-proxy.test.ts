import { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher, request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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

describe('the counting proxy', () => {
  test('counts requests by kind and answer', async () => {
    expect(await (await ask(claimsPath)).body.json()).toMatchObject({ kind: 'PersistentVolumeClaimList' });
    expect(await (await ask(`${claimsPath}/none`)).body.json()).toMatchObject({ code: 404 });
    expect(proxy.traffic().requests).toEqual({
      'LIST persistentvolumeclaims 200': 1,
      'GET persistentvolumeclaims 404': 1,
    });
  });

  test('counts the bytes of the answers, with what TLS adds, and keeps the connection', async () => {
    const body = await (await ask(claimsPath)).body.text();
    const first = proxy.traffic();
    expect(first.receivedBytes).toBeGreaterThan(body.length);
    await (await ask(claimsPath)).body.text();
    const second = proxy.traffic();
    expect(second.connections).toBe(1);
    const added = second.receivedBytes - first.receivedBytes;
    expect(added).toBeGreaterThan(body.length);
    expect(added).toBeLessThan(first.receivedBytes);
  });

  test('counts each change that a watch tells, and the watch once, also when the client has ended it', async () => {
    const watching = new AbortController();
    const { body } = await ask(`${claimsPath}?watch=true`, watching.signal);
    body.on('error', () => {}); // that it is aborted
    await direct.create(claimsPath, claim('counted'));
    await direct.delete(`${claimsPath}/counted`);
    const told = () => proxy.traffic().watchEvents.persistentvolumeclaims;
    await until('the claim was told of', () => (told() ?? 0) >= 2);
    const { receivedBytes } = proxy.traffic();
    watching.abort();
    expect(proxy.traffic().requests).toMatchObject({ 'WATCH persistentvolumeclaims 200': 1 });
    expect(proxy.traffic().receivedBytes).toBeGreaterThanOrEqual(receivedBytes);
  });

  test('ends the connection of a client when the API server cannot be reached', async () => {
    const lost = await CountingProxy.start({ server: 'https://127.0.0.1:1' });
    await expect(request(`${lost.server}${claimsPath}`, { dispatcher: client })).rejects.toThrow('other side closed');
    lost.stop();
  });
});
