import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { annotations } from '../src/model/names.ts';
import type { Json } from '../test/support/api.ts';
import { collectionOf, readManifests } from '../test/support/manifests.ts';
import { ClusterClient } from './cluster-client.ts';
import type { DemoTools } from './demo-tools.ts';
import { DemoFailure } from './failure.ts';
import { startLocalDaemon } from './local-daemon.ts';
import type { DemoOptions } from './options.ts';
import type { Place } from './place.ts';

/** The user's cluster, with the daemon that runs there, or else with one that is started here. */
export async function userPlace(kubeconfigPath: string, options: DemoOptions, tools: DemoTools): Promise<Place> {
  const { report, cleanup, signal } = tools;
  const client = await ClusterClient.open(kubeconfigPath, signal);
  cleanup.add('closing connections', () => client.close());
  const { gitVersion } = await client.get('/version');
  report.did(`your cluster ${client.server}, Kubernetes ${gitVersion}`);

  const daemonPods = await client.list('/api/v1/pods?labelSelector=app.kubernetes.io/name=hostpath-provisioner');
  const [storageClass] = readManifests('manifests/class.yaml');
  if (daemonPods.length > 0) {
    requireReady(daemonPods);
    report.did(`the daemon runs there: ${daemonPods.map(({ spec }) => `on node ${spec.nodeName}`).join(', ')}`);
    await ensureClass(client, storageClass, tools);
    return { client, nodeName: daemonPods[0]?.spec.nodeName, local: undefined };
  }

  await requireUnused(client, storageClass);
  const nodeName = await chooseNode(client, options.nodeName);
  await ensureClass(client, storageClass, tools);
  report.did('no daemon runs there: starting one on this machine, with the rights of your kubeconfig');
  const local = await startLocalDaemon(
    {
      kubeconfig: await readFile(kubeconfigPath, 'utf8'),
      nodeName,
      provisioner: storageClass.provisioner,
      clusterStays: true,
    },
    tools,
  );
  report.did(`daemon is ready: process ${local.daemon.process.pid}, for node "${nodeName}"`);
  report.detail('The directories are made on this machine, so pods find them only if it is that node.');
  return { client, nodeName, local };
}

function requireReady(pods: Json[]): void {
  const isReady = ({ status }: Json) => status.conditions?.some((c: Json) => c.type === 'Ready' && c.status === 'True');
  const waiting = pods.filter((pod) => !isReady(pod));
  if (waiting.length === 0) return;
  throw new DemoFailure('the daemon that runs on the cluster is ready', [
    ...waiting.map(({ metadata, status }) => `pod ${metadata.namespace}/${metadata.name} is not: ${status.phase}`),
    'see "kubectl describe" and "kubectl logs" of it',
  ]);
}

/** A daemon on a temporary folder must not take up claims that are meant to last. */
async function requireUnused(client: ClusterClient, { metadata, provisioner }: Json): Promise<void> {
  const volumes = (await client.list('/api/v1/persistentvolumes')).filter(
    (volume) => volume.metadata.annotations?.[annotations.provisionedBy] === provisioner,
  );
  const claims = (await client.list('/api/v1/persistentvolumeclaims')).filter(
    (claim) => claim.spec.storageClassName === metadata.name,
  );
  if (volumes.length + claims.length === 0) return;
  throw new DemoFailure(`nobody uses the provisioner ${provisioner} yet, so that a daemon for a trial may serve it`, [
    ...volumes.map((volume) => `volume ${volume.metadata.name} is its`),
    ...claims.map((claim) => `claim ${claim.metadata.namespace}/${claim.metadata.name} has the class ${metadata.name}`),
    'install the daemon as README.md says, then run the demo again: it uses the daemon that runs there',
  ]);
}

async function chooseNode(client: ClusterClient, wanted: string | undefined): Promise<string> {
  const names: string[] = (await client.list('/api/v1/nodes')).map(({ metadata }) => metadata.name);
  const [only, ...others] = names;
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  if (wanted === undefined && only !== undefined && others.length === 0) return only;
  const expected = wanted === undefined ? 'the cluster has one node' : `the cluster has a node "${wanted}"`;
  throw new DemoFailure(expected, [`its nodes are: ${names.join(', ') || 'none'}`, 'name one with --node-name NAME']);
}

async function ensureClass(client: ClusterClient, wanted: Json, { report, cleanup }: DemoTools): Promise<void> {
  const { object, existed } = await client.createUnlessThere(wanted);
  const name = wanted.metadata.name;
  if (!existed) {
    cleanup.add(`deleting class ${name}`, () => client.delete(`${collectionOf(wanted)}/${name}`));
    report.did(`applied manifests/class.yaml, class "${name}"`);
    return;
  }
  const differing = ['provisioner', 'reclaimPolicy', 'volumeBindingMode', 'parameters', 'allowedTopologies'].filter(
    (field) => !isDeepStrictEqual(object[field], wanted[field]),
  );
  if (differing.length > 0) {
    const seen = differing.map((field) => `its ${field}: ${JSON.stringify(object[field])}`);
    throw new DemoFailure(`class "${name}", which exists, is as in manifests/class.yaml`, seen);
  }
  report.did(`class "${name}" exists, as in manifests/class.yaml`);
}
