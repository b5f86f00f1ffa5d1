import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cluster } from '../support/cluster.ts';

export interface Page extends AsyncDisposable {
  /** Host and port. */
  address: string;
}

/** Serves what kube-state-metrics would serve of the claims of a cluster, in its form. */
export async function serveKubeState(cluster: Cluster): Promise<Page> {
  const server = createServer((_, response) => {
    pageOf(cluster).then(
      (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text),
      (error) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
}

async function pageOf({ api, claimsPath }: Cluster): Promise<string> {
  const claims = await api.list(claimsPath);
  const lines = claims.map(({ metadata: { name, namespace }, spec }) => {
    const labels = { namespace, persistentvolumeclaim: name, storageclass: spec.storageClassName };
    const all = { ...labels, volumename: spec.volumeName ?? '', volumemode: 'Filesystem' };
    const shown = Object.entries(all).map(([label, value]) => `${label}="${value}"`);
    return `kube_persistentvolumeclaim_info{${shown.join(',')}} 1\n`;
  });
  return `# TYPE kube_persistentvolumeclaim_info gauge\n${lines.join('')}`;
}
