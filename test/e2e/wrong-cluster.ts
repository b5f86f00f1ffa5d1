import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finalizer } from '../../src/model/names.ts';
import type { Json } from '../support/api.ts';
import type { TestCluster } from './test-cluster.ts';

const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
const role = '/apis/rbac.authorization.k8s.io/v1/clusterroles/hostpath-provisioner-runner';

/** A record of another cluster's volume with a limit, and its directory. No file system of the node holds limits. */
export function leaveVolumeOfAnotherCluster(cluster: TestCluster, base: string): void {
  const uid = '00000000-0000-4000-8000-0000000000c1';
  const basePath = join(cluster.node.rootPath, base);
  mkdirSync(join(basePath, `pvc-${uid}`, 'logs'), { recursive: true });
  const record = {
    version: 1,
    volume: `pvc-${uid}`,
    claim: { namespace: 'theirs', name: 'data', uid },
    cluster: '00000000-0000-4000-8000-0000000000cc',
    class: 'theirs',
    node: cluster.node.node,
    reclaimPolicy: 'Delete',
    createdAt: '2026-11-22T21:00:00.000Z',
    quota: { id: 2_000_000_000, bytes: 2 ** 20 },
  };
  const path = join(basePath, `.hostpath-provisioner/volumes/pvc-${uid}.json`);
  writeFileSync(path, JSON.stringify(record), { mode: 0o600 });
}

/** A volume of a node, as its daemon registers it. Its claim does not exist. @returns its name */
export async function createReleasedVolume({ api }: TestCluster, node: string): Promise<string> {
  const uid = '00000000-0000-4000-8000-0000000000d1';
  const name = `pvc-${uid}`;
  await api.create('/api/v1/persistentvolumes', {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      labels: { 'hostpath-provisioner/node': node },
      annotations: { hostPathProvisionerIdentity: node, 'pv.kubernetes.io/provisioned-by': 'example.com/hostpath' },
      finalizers: [finalizer],
    },
    spec: {
      capacity: { storage: '1Mi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Delete',
      hostPath: { path: `/mnt/hdd/${name}` },
      claimRef: { namespace: 'default', name: 'left', uid },
    },
  });
  return name;
}

/** Removes the volume object of a claim by force, as no daemon would. */
export async function loseVolumeOf(cluster: TestCluster, claim: string): Promise<void> {
  const { spec } = await cluster.api.get(`${claims}/${claim}`);
  await cluster.kubectl('delete', 'pv', spec.volumeName, '--wait=false');
  const patch = '{"metadata":{"finalizers":null}}';
  await cluster.kubectl('patch', 'pv', spec.volumeName, '--type=merge', '-p', patch);
}

/** As the scheduler does, also for a node that the test has made up. */
export async function selectNode({ api }: TestCluster, claim: string, node: string): Promise<void> {
  const annotations = { 'volume.kubernetes.io/selected-node': node };
  await api.patch(`${claims}/${claim}`, { metadata: { annotations } });
}

/** Takes the right to read classes from the daemons. */
export async function forbidClasses({ api }: TestCluster): Promise<void> {
  const { rules } = await api.get(role);
  await api.patch(role, { rules: rules.filter(({ resources }: Json) => !resources.includes('storageclasses')) });
}

/** Changes the DaemonSet by a JSON patch. */
export async function patchDaemonSet(cluster: TestCluster, ...operations: Json[]): Promise<void> {
  const [namespace, name] = ['hostpath-provisioner-system', 'hostpath-provisioner'];
  await cluster.kubectl('-n', namespace, 'patch', 'daemonset', name, '--type=json', '-p', JSON.stringify(operations));
}

/** Lets the DaemonSet run only on nodes with these labels. Pods that are on such nodes stay as they are. */
export const selectNodes = (cluster: TestCluster, labels: Record<string, string>): Promise<void> =>
  patchDaemonSet(
    cluster,
    { op: 'add', path: '/spec/updateStrategy', value: { type: 'OnDelete' } },
    { op: 'add', path: '/spec/template/spec/nodeSelector', value: labels },
  );
