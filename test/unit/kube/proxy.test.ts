import { expect, test } from 'vitest';
import { createKubeApi } from '../../../src/kube/calls/client.ts';
import { openConnection } from '../../../src/kube/connection/connection.ts';
import { serverIdentity } from '../../support/certificates.ts';
import { httpProxy, socksProxy } from '../../support/proxies.ts';
import { json, ScriptedServer } from '../../support/scripted-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { kubeconfig, writeKubeconfig } from './kubeconfig.ts';

test.each([
  ['an HTTP proxy', () => httpProxy()],
  ['a SOCKS proxy', () => socksProxy()],
])('calls go through %s, on few connections', async (_, startProxy) => {
  await using directory = await temporaryDirectory();
  await using server = await ScriptedServer.start(() => json(200, { kind: 'PersistentVolume' }), { tls: true });
  await using proxy = await startProxy();
  const cluster = {
    'proxy-url': proxy.url,
    'certificate-authority-data': Buffer.from(serverIdentity.certificate).toString('base64'),
  };
  const kubeconfigPath = await writeKubeconfig(
    directory.path,
    kubeconfig(server.url.replace('127.0.0.1', 'localhost'), { cluster }),
  );
  const connection = await openConnection({ kubeconfigPath, environment: {} });
  const api = createKubeApi(connection);
  for (let calls = 0; calls < 20; calls += 1) await api.readVolume('pvc-1');
  await connection.close();

  expect(server.requests).toHaveLength(20);
  expect(proxy.tunnels()).toBeGreaterThan(0);
  expect(proxy.tunnels()).toBeLessThanOrEqual(2);
});
