import { forbidden, refuseInvalid } from '../status-error.ts';
import { notSupported } from './field-error.ts';
import { type KubeObject, timestamp } from './object.ts';
import { namespaces, pods, type Resource } from './resources.ts';

export interface DeleteOptions {
  preconditions?: { uid?: string; resourceVersion?: string };
  propagationPolicy?: string;
  gracePeriodSeconds?: number;
  dryRun?: string[];
}

export const foregroundDeletion = 'foregroundDeletion';
export const orphan = 'orphan';
const keptNamespaces = ['default', 'kube-system', 'kube-public'];

/** What DELETE makes of an object: gone, or marked as being deleted. */
export function deletionOf(resource: Resource, object: KubeObject, options: DeleteOptions): KubeObject | 'remove' {
  if (resource === namespaces) return markNamespace(object);
  const graceSeconds = resource === pods ? graceOf(object, options) : 0;
  const finalizers = [...(object.metadata.finalizers ?? []), ...finalizersFor(options)];
  if (finalizers.length === 0 && graceSeconds === 0) return 'remove';
  const marked = object.metadata.deletionTimestamp !== undefined;
  if (marked && graceSeconds >= (object.metadata.deletionGracePeriodSeconds ?? 0)) return object;
  const metadata = {
    ...object.metadata,
    deletionTimestamp: timestamp(Date.now() + graceSeconds * 1000),
    deletionGracePeriodSeconds: graceSeconds,
    ...(finalizers.length > 0 && { finalizers }),
  };
  return { ...object, metadata };
}

function markNamespace(namespace: KubeObject): KubeObject {
  const { metadata } = namespace;
  if (keptNamespaces.includes(metadata.name)) {
    throw forbidden(namespaces, metadata.name, 'this namespace may not be deleted');
  }
  if (metadata.deletionTimestamp !== undefined) return namespace;
  return {
    ...namespace,
    metadata: { ...metadata, deletionTimestamp: timestamp() },
    status: { ...namespace.status, phase: 'Terminating' },
  };
}

/** A pod on a node stays until its kubelet has stopped it, unless it is to go at once. */
function graceOf({ spec, status }: KubeObject, { gracePeriodSeconds }: DeleteOptions): number {
  if (!spec.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0;
  return gracePeriodSeconds ?? spec.terminationGracePeriodSeconds;
}

const finalizerOf: Record<string, string | undefined> = {
  Foreground: foregroundDeletion,
  Background: undefined,
  Orphan: orphan,
};

function finalizersFor({ propagationPolicy = 'Background' }: DeleteOptions): string[] {
  const finalizer = finalizerOf[propagationPolicy];
  return finalizer === undefined ? [] : [finalizer];
}

export function checkDeleteOptions({ propagationPolicy }: DeleteOptions): void {
  if (propagationPolicy === undefined || Object.hasOwn(finalizerOf, propagationPolicy)) return;
  const error = notSupported('propagationPolicy', propagationPolicy, [...Object.keys(finalizerOf), 'nil']);
  refuseInvalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [error]);
}
