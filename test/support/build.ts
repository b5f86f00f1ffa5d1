import { randomUUID } from 'node:crypto';
import type { Json } from './api.ts';

/** Deep enough for objects: a nested object is merged, anything else replaced. */
function merge(base: Json, changes: Json): Json {
  const result = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const both = isObject(result[key]) && isObject(value);
    result[key] = both ? merge(result[key], value) : value;
  }
  return result;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A name that no other test has. */
export const uniqueName = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`;

/** A claim as a user writes it; `changes` shows what matters to the test. */
export const claim = (name: string, changes: Json = {}): Json =>
  merge(
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
    },
    changes,
  );

export const storageClass = (name: string, changes: Json = {}): Json =>
  merge(
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name },
      provisioner: 'hostpath-provisioner',
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'Immediate',
    },
    changes,
  );

export const node = (name: string, labels: Record<string, string> = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
});
