import { loadAllYaml } from '@kubernetes/client-node';
import type { Json } from '../support/api.ts';

/** The objects of a rendering, by kind and name: their order is not the question. */
export function objectsOf(yaml: string): Record<string, Json> {
  return byName(loadAllYaml(yaml) as Json[]);
}

export function byName(objects: Json[]): Record<string, Json> {
  const entries = objects.filter((object) => !isEmpty(object)).map((object) => [nameOf(object), object] as const);
  const found = Object.fromEntries(entries);
  if (Object.keys(found).length < entries.length)
    throw new Error(`an object comes twice: ${entries.map(([name]) => name)}`);
  return found;
}

/** A document with comments alone. */
const isEmpty = (object: Json): boolean => object === null || object === undefined;

export const nameOf = ({ kind, metadata }: Json): string => `${kind}/${metadata.name}`;

/** What the three places of a daemon's pod say of its base directories, each as BASE_DIRECTORY has it. */
export function baseDirectoriesOf(daemonSet: Json): string[] {
  const { containers, volumes } = daemonSet.spec.template.spec;
  const { env, volumeMounts } = containers[0];
  return [
    env.find(({ name }: Json) => name === 'BASE_DIRECTORY').value,
    asOneValue(volumeMounts.map(({ name, mountPath }: Json) => [name, mountPath])),
    asOneValue(volumes.map(({ name, hostPath }: Json) => [name, hostPath.path])),
  ];
}

/** The pod's volume of a pool has the name of the pool. */
const asOneValue = (named: [name: string, path: string][]): string =>
  named.map(([name, path]) => (name === 'pv-volume' ? path : `${name}=${path}`)).join(',');
