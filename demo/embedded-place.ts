import { startControlPlane } from '../test/control-plane/control-plane.ts';
import { node } from '../test/support/build.ts';
import { daemonKubeconfig } from '../test/support/daemon-kubeconfig.ts';
import { readManifests } from '../test/support/manifests.ts';
import { ClusterClient } from './cluster-client.ts';
import type { DemoTools } from './demo-tools.ts';
import { startLocalDaemon } from './local-daemon.ts';
import type { Place } from './place.ts';

const nodeName = 'demo-node';

/** A control plane in this process, with the shipped RBAC and class, and the daemon with its ServiceAccount's rights. */
export async function embeddedPlace(tools: DemoTools): Promise<Place> {
  const { report, cleanup, signal } = tools;
  const controlPlane = await startControlPlane({ kind: 'embedded' });
  cleanup.add('stopping the API server', () => controlPlane.stop());
  report.did(`Kubernetes API server in this process, ${controlPlane.server} (no containers, no pods)`);

  const client = await ClusterClient.open(controlPlane.adminKubeconfigPath, signal);
  cleanup.add('closing connections', () => client.close());
  const rbac = readManifests('rbac').sort((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'));
  const [storageClass] = readManifests('manifests/class.yaml');
  for (const object of [...rbac, storageClass, node(nodeName)]) await client.createUnlessThere(object);
  report.did(`applied rbac/ and manifests/class.yaml; one node, "${nodeName}"`);

  const local = await startLocalDaemon(
    {
      kubeconfig: await daemonKubeconfig(controlPlane.adminKubeconfigPath, (path, object) => client.post(path, object)),
      nodeName,
      provisioner: storageClass.provisioner,
      clusterStays: false,
    },
    tools,
  );
  report.did(`daemon is ready: process ${local.daemon.process.pid}, with its ServiceAccount's rights alone`);
  return { client, nodeName, local };
}
