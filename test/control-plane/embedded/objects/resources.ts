/** What the server serves, as one table. Everything that differs between kinds without a rule of its own is a column. */

export type NameRule = 'subdomain' | 'label' | 'path segment';

export interface Resource {
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
  shortNames: readonly string[];
  nameRule: NameRule;
  /** Whether `status` is a subresource, so that an update of the object leaves it alone and the other way round. */
  hasStatus: boolean;
  /** Whether DELETE answers with the object that was removed rather than with a Status. */
  answersDeleted: boolean;
  /** Whether PUT of an object that does not exist creates it. */
  createdByPut: boolean;
  /** Whether PUT must carry a resourceVersion. */
  putNeedsVersion: boolean;
  /** Whether `metadata.generation` counts the changes of `spec`. */
  countsGenerations: boolean;
  /** Whether DELETE of the collection is allowed. */
  deletesCollection: boolean;
  /** Fields besides `metadata.name` and `metadata.namespace` that a field selector may name. */
  selectableFields: readonly string[];
}

type Columns = Partial<Omit<Resource, 'group' | 'version' | 'plural' | 'kind'>>;

function resource(group: string, plural: string, kind: string, columns: Columns = {}): Resource {
  return {
    group,
    version: 'v1',
    plural,
    kind,
    namespaced: true,
    shortNames: [],
    nameRule: 'subdomain',
    hasStatus: false,
    answersDeleted: false,
    createdByPut: false,
    putNeedsVersion: false,
    countsGenerations: false,
    deletesCollection: true,
    selectableFields: [],
    ...columns,
  };
}

const storage = 'storage.k8s.io';
const rbac = 'rbac.authorization.k8s.io';

export const namespaces = resource('', 'namespaces', 'Namespace', {
  namespaced: false,
  shortNames: ['ns'],
  nameRule: 'label',
  hasStatus: true,
  answersDeleted: true,
  deletesCollection: false,
  selectableFields: ['status.phase'],
});
export const serviceAccounts = resource('', 'serviceaccounts', 'ServiceAccount', {
  shortNames: ['sa'],
  answersDeleted: true,
});
export const configMaps = resource('', 'configmaps', 'ConfigMap', { shortNames: ['cm'] });
export const pods = resource('', 'pods', 'Pod', {
  shortNames: ['po'],
  hasStatus: true,
  answersDeleted: true,
  countsGenerations: true,
  selectableFields: ['spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName', 'status.phase', 'status.podIP'],
});
export const volumes = resource('', 'persistentvolumes', 'PersistentVolume', {
  namespaced: false,
  shortNames: ['pv'],
  hasStatus: true,
  answersDeleted: true,
});
export const claims = resource('', 'persistentvolumeclaims', 'PersistentVolumeClaim', {
  shortNames: ['pvc'],
  hasStatus: true,
  answersDeleted: true,
});
export const events = resource('', 'events', 'Event', {
  shortNames: ['ev'],
  nameRule: 'path segment',
  createdByPut: true,
  selectableFields: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
});
export const classes = resource(storage, 'storageclasses', 'StorageClass', {
  namespaced: false,
  shortNames: ['sc'],
  answersDeleted: true,
});
export const clusterRoles = resource(rbac, 'clusterroles', 'ClusterRole', {
  namespaced: false,
  nameRule: 'path segment',
  createdByPut: true,
});
export const clusterRoleBindings = resource(rbac, 'clusterrolebindings', 'ClusterRoleBinding', {
  namespaced: false,
  nameRule: 'path segment',
  createdByPut: true,
});
export const roles = resource(rbac, 'roles', 'Role', { nameRule: 'path segment', createdByPut: true });
export const roleBindings = resource(rbac, 'rolebindings', 'RoleBinding', {
  nameRule: 'path segment',
  createdByPut: true,
});

const workload = { hasStatus: true, countsGenerations: true };

export const resources: readonly Resource[] = [
  namespaces,
  serviceAccounts,
  configMaps,
  pods,
  volumes,
  claims,
  events,
  resource('', 'secrets', 'Secret', { selectableFields: ['type'] }),
  resource('', 'services', 'Service', {
    shortNames: ['svc'],
    nameRule: 'label',
    hasStatus: true,
    answersDeleted: true,
    createdByPut: true,
    selectableFields: ['spec.clusterIP', 'spec.type'],
  }),
  resource('', 'nodes', 'Node', {
    namespaced: false,
    shortNames: ['no'],
    hasStatus: true,
    selectableFields: ['spec.unschedulable'],
  }),
  resource('apps', 'daemonsets', 'DaemonSet', { shortNames: ['ds'], ...workload }),
  resource('apps', 'deployments', 'Deployment', { shortNames: ['deploy'], ...workload }),
  resource('apps', 'statefulsets', 'StatefulSet', { shortNames: ['sts'], ...workload }),
  resource('coordination.k8s.io', 'leases', 'Lease', { createdByPut: true, putNeedsVersion: true }),
  clusterRoles,
  clusterRoleBindings,
  roles,
  roleBindings,
  classes,
  resource(storage, 'csidrivers', 'CSIDriver', { namespaced: false, answersDeleted: true, putNeedsVersion: true }),
  resource(storage, 'csistoragecapacities', 'CSIStorageCapacity', { putNeedsVersion: true }),
];

const byPath = new Map(resources.map((each) => [`${each.group}/${each.version}/${each.plural}`, each]));

export function findResource(group: string, version: string, plural: string): Resource | undefined {
  return byPath.get(`${group}/${version}/${plural}`);
}

export const isGroupServed = (group: string): boolean => resources.some((each) => each.group === group);

/** `v1` or `storage.k8s.io/v1`. */
export function apiVersionOf({ group, version }: Pick<Resource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `persistentvolumes` or `storageclasses.storage.k8s.io`, as messages name a resource. */
export function qualifiedName({ group, plural }: Pick<Resource, 'group' | 'plural'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** `PersistentVolume` or `StorageClass.storage.k8s.io`, as messages of validation name a kind. */
export function qualifiedKind({ group, kind }: Pick<Resource, 'group' | 'kind'>): string {
  return group === '' ? kind : `${kind}.${group}`;
}

/** The Go package of the internal types of a group, which some messages name. */
export function packageOf({ group }: Pick<Resource, 'group'>): string {
  return group === '' ? 'core' : (group.split('.')[0] ?? '');
}
