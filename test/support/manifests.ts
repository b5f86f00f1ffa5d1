import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAllYaml } from '@kubernetes/client-node';
import type { Api, Json } from './api.ts';

const repository = join(import.meta.dirname, '../..');

/** The objects of a shipped YAML file, such as `manifests/class.yaml`, or of all YAML files right in a folder, such as `rbac`. */
export function readManifests(path: string): Json[] {
  const full = join(repository, path);
  const files = path.endsWith('.yaml')
    ? [full]
    : readdirSync(full)
        .filter((name) => name.endsWith('.yaml'))
        .sort()
        .map((name) => join(full, name));
  return files.flatMap((file) => loadAllYaml(readFileSync(file, 'utf8')) as Json[]);
}

const plurals: Record<string, string> = { StorageClass: 'storageclasses' };
const clusterScoped = new Set([
  'Namespace',
  'ClusterRole',
  'ClusterRoleBinding',
  'StorageClass',
  'PersistentVolume',
  'Node',
]);

/** Path of the collection that an object belongs to. */
export function collectionOf({ apiVersion, kind, metadata }: Json): string {
  const plural = plurals[kind] ?? `${kind.toLowerCase()}s`;
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = clusterScoped.has(kind) ? '' : `/namespaces/${metadata.namespace ?? 'default'}`;
  return `${group}${namespace}/${plural}`;
}

/** Creates each object unless it exists, namespaces first. */
export async function createAll(api: Api, objects: Json[]): Promise<void> {
  const ordered = [...objects].sort((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'));
  for (const object of ordered) {
    const answer = await api.send('POST', collectionOf(object), object);
    if (answer.status >= 300 && answer.body?.reason !== 'AlreadyExists') {
      throw new Error(`${object.kind} ${object.metadata.name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
  }
}
