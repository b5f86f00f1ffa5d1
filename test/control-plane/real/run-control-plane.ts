import { join } from 'node:path';
import { Api } from '../../support/api.ts';
import { type ApiServerPlace, apiServer, controllerManager, etcd, scheduler } from './commands.ts';
import type { Credentials } from './credentials.ts';
import type { Programs } from './programs.ts';

const readyDeadlineMs = 60_000;

/** Where all of the cluster's objects are. */
export const etcdDirectory = (directory: string): string => join(directory, 'etcd');

export interface ControlPlaneParts {
  binder: boolean;
  fsync: boolean;
  watchProgress: boolean;
  scheduler: boolean;
}

/**
 * Starts the programs of a control plane, in the order in which they need each other, and waits until it works.
 * @returns the process id of the API server
 */
export async function runControlPlane(
  programs: Programs,
  place: ApiServerPlace,
  credentials: Credentials,
  parts: ControlPlaneParts,
): Promise<number> {
  const api = new Api(credentials.kubeconfigPath('admin'));
  try {
    programs.start('etcd', etcd(place.etcdPort, etcdDirectory(programs.directory), parts));
    const apiServerPid = programs.start('kube-apiserver', apiServer(place, credentials));
    await programs.until('API server ready', readyDeadlineMs, () => expectReady(api));
    programs.start('kube-controller-manager', controllerManager(credentials, parts.binder));
    if (parts.scheduler) programs.start('kube-scheduler', scheduler(credentials));
    await programs.until('controllers at work', readyDeadlineMs, () => expectDefaultServiceAccount(api));
    return apiServerPid;
  } finally {
    await api.close();
  }
}

async function expectReady(api: Api): Promise<void> {
  const { status, body } = await api.send('GET', '/readyz');
  if (status !== 200) throw new Error(`/readyz answers ${status}: ${body}`);
}

/** Made by a controller; without it no pod of the default namespace is admitted. */
async function expectDefaultServiceAccount(api: Api): Promise<void> {
  const account = await api.get('/api/v1/namespaces/default/serviceaccounts/default');
  if (account === undefined) throw new Error('namespace default has no service account yet');
}
