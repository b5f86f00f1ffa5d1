import { writeFile } from 'node:fs/promises';
import type { ClientRequest } from 'node:http';
import { get } from 'node:https';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { test as base } from 'vitest';
import { type EmbeddedControlPlane, startEmbedded } from '../../control-plane/embedded/embedded.ts';
import { type FaultProxy, type HistoryEntry, startFaultProxy, upstreamOf } from '../../faults/proxy/fault-proxy.ts';
import { Api } from '../../support/api.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** An API server, a proxy before it, and the ways to both, as somebody who may do anything. */
interface Proxied {
  controlPlane: EmbeddedControlPlane;
  proxy: FaultProxy;
  direct: Api;
  through: Api;
  token: string;
}

export const test = base.extend<Proxied>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of fixtures from this pattern
  controlPlane: async ({}, use) => {
    const controlPlane = await startEmbedded({ binder: false });
    await use(controlPlane);
    await controlPlane.stop();
  },
  proxy: async ({ controlPlane }, use) => {
    const proxy = await startFaultProxy(upstreamOf(controlPlane.adminKubeconfigPath));
    await use(proxy);
    await proxy.stop();
  },
  direct: async ({ controlPlane }, use) => use(new Api(controlPlane.adminKubeconfigPath)),
  through: async ({ controlPlane, proxy }, use) => {
    await using directory = await temporaryDirectory();
    const config = kubeconfigOf(controlPlane);
    const user = config.getCurrentUser();
    if (user === null) throw new Error('the embedded control plane has no user');
    config.loadFromClusterAndUser(
      { name: 'proxy', skipTLSVerify: false, server: proxy.server, caData: proxy.caData },
      user,
    );
    const path = join(directory.path, 'kubeconfig');
    await writeFile(path, config.exportConfig());
    await use(new Api(path));
  },
  token: async ({ controlPlane }, use) => use(kubeconfigOf(controlPlane).getCurrentUser()?.token ?? ''),
});

function kubeconfigOf({ adminKubeconfigPath }: EmbeddedControlPlane): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(adminKubeconfigPath);
  return config;
}

export const claimsPath = '/api/v1/namespaces/default/persistentvolumeclaims';
export const claimPath = (name: string): string => `${claimsPath}/${name}`;

/** The only entry of the history. */
export function onlyEntry({ history }: FaultProxy): HistoryEntry {
  const [entry, ...others] = history;
  if (entry === undefined || others.length > 0) throw new Error(`${history.length} requests`);
  return entry;
}

/** What a GET is sent, byte by byte, until the connection ends one way or the other. */
export class RawAnswer {
  text = '';
  /** `end`, or the code of the error that ended it. */
  readonly ended: Promise<string>;
  readonly #request: ClientRequest;

  /** @param server whom to ask; its certificate is looked at only if there is a `caData` to prove it */
  constructor(
    { server, caData }: { server: string; caData?: string },
    path: string,
    token: string,
    headers: Record<string, string> = {},
  ) {
    this.#request = get(`${server}${path}`, {
      ...(caData === undefined ? { rejectUnauthorized: false } : { ca: Buffer.from(caData, 'base64') }),
      headers: { authorization: `Bearer ${token}`, ...headers },
      agent: false,
    });
    this.ended = new Promise((resolve) => {
      const failed = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message);
      this.#request.on('error', failed);
      this.#request.on('response', (response) => {
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          this.text += chunk;
        });
        response.on('end', () => resolve('end'));
        response.on('error', failed);
      });
    });
  }

  get lines(): string[] {
    return this.text.split('\n');
  }

  close(): void {
    this.#request.destroy();
  }
}
