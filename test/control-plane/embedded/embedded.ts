import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlPlane, ControlPlaneOptions } from '../control-plane.ts';
import { Authentication } from './access/authentication.ts';
import { bootstrap } from './access/bootstrap.ts';
import { Binder } from './controllers/binder.ts';
import { ClaimProtection } from './controllers/claim-protection.ts';
import type { Controller } from './controllers/controller.ts';
import { GarbageCollector } from './controllers/garbage-collector.ts';
import { Namespaces } from './controllers/namespaces.ts';
import { VolumeProtection } from './controllers/volume-protection.ts';
import { certificate } from './http/certificate.ts';
import { embeddedVersion } from './http/discovery.ts';
import { ApiServer } from './http/server.ts';
import { Registry } from './objects/registry.ts';
import { Store } from './store/store.ts';

export interface EmbeddedOptions extends ControlPlaneOptions {
  /** How many changes of each resource a watch can be resumed from. Default: 20,000. */
  historyLimit?: number;
  /** How often a watch that asked for bookmarks gets one, in milliseconds. Default: one minute, as in a real cluster. */
  bookmarkIntervalMs?: number;
  /** How often the binder looks at everything again, in milliseconds. Default: 15 s, as in a real cluster. */
  resyncIntervalMs?: number;
}

export interface EmbeddedControlPlane extends ControlPlane {
  readonly kind: 'embedded';
  /** Forgets all changes so far, so that watches and continued lists from before are told that they have expired. */
  compactHistory(): void;
  /** Ends all watches, as an API server does whose watches' time is over. */
  closeWatches(): void;
  /** Sends a bookmark to each watch that asked for bookmarks and has not seen everything yet. */
  sendBookmarks(): void;
}

/** An API server with the controllers that claims and volumes need, in this process and in memory. */
export async function startEmbedded(options: EmbeddedOptions = {}): Promise<EmbeddedControlPlane> {
  const store = new Store(options.historyLimit ?? 20_000);
  const registry = new Registry(store);
  const authentication = new Authentication(store);
  const controllers = startControllers(registry, options);
  bootstrap(registry);
  const server = new ApiServer(registry, authentication, options.bookmarkIntervalMs ?? 60_000);
  const address = `https://${await server.listen()}`;
  const directory = await mkdtemp(join(tmpdir(), 'embedded-control-plane-'));
  const adminKubeconfigPath = join(directory, 'admin.kubeconfig');
  await writeFile(adminKubeconfigPath, kubeconfig(address, authentication.adminToken), { mode: 0o600 });

  const stop = async () => {
    for (const controller of controllers) controller.stop();
    await server.close();
    await rm(directory, { recursive: true, force: true });
  };
  let stopped: Promise<void> | undefined;
  return {
    kind: 'embedded',
    kubernetesVersion: embeddedVersion,
    server: address,
    adminKubeconfigPath,
    compactHistory: () => {
      for (const collection of store.collections) collection.forgetBefore(0);
    },
    closeWatches: () => server.closeWatches(),
    sendBookmarks: () => {
      for (const watch of server.watches) watch.bookmark();
    },
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

function startControllers(
  registry: Registry,
  { binder = true, resyncIntervalMs = 15_000 }: EmbeddedOptions,
): Controller[] {
  const controllers: Controller[] = [
    new Namespaces(registry),
    new GarbageCollector(registry),
    ...(binder ? [new Binder(registry, resyncIntervalMs)] : []),
    new ClaimProtection(registry),
    new VolumeProtection(registry),
  ];
  for (const controller of controllers) controller.start();
  return controllers;
}

/** JSON is YAML. */
function kubeconfig(server: string, token: string): string {
  const name = 'embedded';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: { server, 'certificate-authority-data': Buffer.from(certificate.cert).toString('base64') },
      },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
