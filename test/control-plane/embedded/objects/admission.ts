import { forbidden, notFound } from '../status-error.ts';
import type { Store } from '../store/store.ts';
import type { KubeObject } from './object.ts';
import { compareQuantities } from './quantity.ts';
import { claims, classes, namespaces, type Resource, volumes } from './resources.ts';

export const claimProtection = 'kubernetes.io/pvc-protection';
export const volumeProtection = 'kubernetes.io/pv-protection';

/** What the API server's admission plugins do to a new object, in place. */
export function admit(store: Store, resource: Resource, object: KubeObject): void {
  if (resource.namespaced) admitIntoNamespace(store, resource, object);
  if (resource === volumes) addFinalizer(object, volumeProtection);
  if (resource === claims) {
    addFinalizer(object, claimProtection);
    setDefaultClass(store, object);
  }
}

/** What they say about a changed object that is valid. */
export function admitUpdate(store: Store, resource: Resource, object: KubeObject, old: KubeObject): void {
  if (resource === claims) admitExpansion(store, object, old);
}

/** The plugin PersistentVolumeClaimResize. */
function admitExpansion(store: Store, claim: KubeObject, old: KubeObject): void {
  const requestOf = ({ spec }: KubeObject): string => spec.resources.requests.storage;
  if (compareQuantities(requestOf(claim), requestOf(old)) <= 0) return;
  if (store.get(classes, classNameOf(claim) ?? '')?.object.allowVolumeExpansion) return;
  const problem =
    'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
  throw forbidden(claims, claim.metadata.name, problem);
}

function admitIntoNamespace(store: Store, resource: Resource, { metadata }: KubeObject): void {
  const name = metadata.namespace ?? '';
  const namespace = store.get(namespaces, name)?.object;
  if (namespace === undefined) throw notFound(namespaces, name);
  if (namespace.metadata.deletionTimestamp === undefined) return;
  const problem = `unable to create new content in namespace ${name} because it is being terminated`;
  const message = `namespace ${name} is being terminated`;
  const causes = [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }];
  throw forbidden(resource, metadata.name, problem, causes);
}

function addFinalizer({ metadata }: KubeObject, finalizer: string): void {
  if (metadata.finalizers?.includes(finalizer)) return;
  metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
}

function setDefaultClass(store: Store, claim: KubeObject): void {
  if (classNameOf(claim) !== undefined) return;
  const name = defaultClassName(store);
  if (name !== undefined) claim.spec.storageClassName = name;
}

/** The class that a claim asks for; the empty string asks for none, undefined for the default one. */
export function classNameOf({ metadata, spec }: KubeObject): string | undefined {
  return metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName;
}

const defaultClassAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** Of several default classes the newest counts, and of equally new ones the first by name. */
export function defaultClassName(store: Store): string | undefined {
  const isDefault = ({ metadata }: KubeObject) =>
    defaultClassAnnotations.some((annotation) => metadata.annotations?.[annotation] === 'true');
  return store
    .collection(classes)
    .range('')
    .map(({ object }) => object)
    .filter(isDefault)
    .sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1))
    .at(0)?.metadata.name;
}
