import type { Selection } from '../../kube/calls/selection.ts';
import type {
  EventObject,
  MetadataObject,
  PersistentVolumeClaimObject,
  PersistentVolumeObject,
  StorageClassObject,
} from '../../model/kubernetes.ts';
import { nodeLabel } from '../../model/names.ts';
import type { DaemonSetObject, NodeObject, PodObject, Read, Scope } from '../overview.ts';
import { type DaemonPod, daemonLabel, daemonNamespace } from './daemons.ts';
import { attempt } from './problem.ts';
import type { Sources } from './sources.ts';

/** Of each object of a list, the part that matters; the rest is not kept in memory. Undefined leaves the object out. */
type Keep<Item, Kept> = (item: Item) => Kept | undefined;

export const listClaims = (sources: Sources, { namespace, labelSelector }: Scope) =>
  listed<PersistentVolumeClaimObject>(
    sources,
    { path: inNamespace('/api/v1', 'persistentvolumeclaims', namespace), ...(labelSelector && { labelSelector }) },
    `list persistentvolumeclaims ${where(namespace)}`,
  );

/** The daemons label their volumes. */
export const ownVolumes: Selection = { path: '/api/v1/persistentvolumes', labelSelector: nodeLabel };

export const listVolumes = (sources: Sources) =>
  listed<PersistentVolumeObject>(sources, ownVolumes, 'list persistentvolumes');

export const listClasses = (sources: Sources) =>
  listed<StorageClassObject>(sources, { path: '/apis/storage.k8s.io/v1/storageclasses' }, 'list storageclasses');

/** Those that have claims and have not ended. */
export const listPods = (sources: Sources, { namespace, node }: Scope) => {
  const selectors = ['status.phase!=Succeeded', 'status.phase!=Failed', ...(node ? [`spec.nodeName=${node}`] : [])];
  return listed<PodObject>(
    sources,
    { path: inNamespace('/api/v1', 'pods', namespace), fieldSelector: selectors.join(',') },
    `list pods ${where(namespace)}`,
    claimUserOf,
  );
};

export const listNodes = (sources: Sources, { node }: Scope) =>
  listed<NodeObject>(
    sources,
    { path: '/api/v1/nodes', ...(node && { fieldSelector: `metadata.name=${node}` }) },
    'list nodes',
    ({ metadata, spec, status }) => ({
      metadata: { name: metadata?.name ?? '', labels: metadata?.labels ?? {} },
      spec: { unschedulable: spec?.unschedulable ?? false },
      status: { conditions: status?.conditions ?? [] },
    }),
  );

export const listDaemonSets = (sources: Sources) =>
  listed<DaemonSetObject>(
    sources,
    { path: inNamespace('/apis/apps/v1', 'daemonsets', daemonNamespace), labelSelector: daemonLabel },
    `list daemonsets ${where(daemonNamespace)}`,
  );

/** Pods of the daemons. */
export const listDaemonPods = (sources: Sources, { node }: Scope) =>
  listed<DaemonPod>(
    sources,
    {
      path: inNamespace('/api/v1', 'pods', daemonNamespace),
      labelSelector: daemonLabel,
      ...(node && { fieldSelector: `spec.nodeName=${node}` }),
    },
    `list pods ${where(daemonNamespace)}`,
  );

/** Of the claims in the scope; of volumes, classes and nodes, which are in namespace `default`. */
export async function listEvents(sources: Sources, { namespace }: Scope): Promise<Read<EventObject[]>> {
  const about = (kind: string, of: string | undefined) =>
    listed<EventObject>(
      sources,
      { path: inNamespace('/api/v1', 'events', of), fieldSelector: `involvedObject.kind=${kind}` },
      `list events ${where(of)}`,
    );
  const reads = await Promise.all([
    about('PersistentVolumeClaim', namespace),
    ...['PersistentVolume', 'StorageClass', 'Node'].map((kind) => about(kind, 'default')),
  ]);
  const problem = reads.find((read) => 'problem' in read);
  return problem ?? { found: reads.flatMap((read) => ('found' in read ? read.found : [])) };
}

function listed<Kind extends MetadataObject>(
  sources: Sources,
  selection: Selection,
  right: string,
  keep: Keep<Kind, Kind> = (item) => item,
): Promise<Read<Kind[]>> {
  return attempt(right, async () => {
    const items: Kind[] = [];
    for await (const item of sources.list<Kind>(selection)) {
      const kept = keep(item);
      if (kept !== undefined) items.push(kept);
    }
    return items;
  });
}

/** The claims of a pod; undefined if it has none. */
function claimUserOf({ metadata, spec, status }: PodObject): PodObject | undefined {
  const volumes = spec?.volumes?.filter(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined) ?? [];
  if (volumes.length === 0) return undefined;
  return {
    metadata: { name: metadata?.name ?? '', namespace: metadata?.namespace ?? '' },
    spec: { ...(spec?.nodeName && { nodeName: spec.nodeName }), volumes },
    status: { ...(status?.phase && { phase: status.phase }) },
  };
}

const inNamespace = (group: string, kind: string, namespace: string | undefined): string =>
  namespace === undefined ? `${group}/${kind}` : `${group}/namespaces/${encodeURIComponent(namespace)}/${kind}`;

const where = (namespace: string | undefined): string =>
  namespace === undefined ? 'in all namespaces' : `in namespace ${namespace}`;
